import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { envelopeSchema } from '../src/schemas.ts';
import { arbitraryOf, jsonArbitrary } from './arbitrary-of.ts';
import { everySchema } from './every-schema.ts';
import { widened } from './widened.ts';

const schemas = everySchema();
const runs = { numRuns: 40 };

describe('what is said on the wire', () => {
  it.each(schemas)('%s comes back from JSON as it went', (_name, schema) => {
    const roundTrip = fc.property(arbitraryOf(schema), (value) => {
      expect(schema.parse(JSON.parse(JSON.stringify(value)))).toEqual(value);
    });
    fc.assert(roundTrip, runs);
  });

  it.each(schemas)('%s is read without the fields that a later release adds', (_name, schema) => {
    const additive = fc.property(arbitraryOf(schema), (value) => {
      expect(schema.parse(widened(schema, value))).toEqual(value);
    });
    fc.assert(additive, runs);
  });

  it('[B13] an event of a type that nobody knows yet is an event', () => {
    const unknown = fc.property(arbitraryOf(envelopeSchema), jsonArbitrary, (envelope, payload) => {
      const event = { ...(envelope as object), type: 'later:event', payload };
      expect(envelopeSchema.parse(event)).toEqual(event);
    });
    fc.assert(unknown, runs);
  });
});
