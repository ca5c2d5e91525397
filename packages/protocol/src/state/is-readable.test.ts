import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { arbitraryOf, jsonArbitrary } from '../../test/arbitrary-of.ts';
import { event, text } from '../../test/events.ts';
import { eventTypes } from '../../test/every-schema.ts';
import { blockSchema } from '../blocks/block.ts';
import { contentPartSchema } from '../blocks/content.ts';
import { catalogue } from '../events/catalogue.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { isReadable, isReadableBlock } from './is-readable.ts';
import { reduceSession } from './reduce-session.ts';
import { sessionStateSchema } from './session-state-schema.ts';

const withPayload = (type: string, payload: unknown): AnyEvent => ({
  ...event(2, 'queue:released', {}),
  type,
  payload,
});

/** One of each kind of JSON, and none at all. */
const oneOfEachKind = ['x', 1, true, {}, ['x'], null, undefined];

/** Puts each kind of JSON into each field in turn and compares what the fold thinks of it with what the schema says. */
function expectSameKinds(schema: z.ZodObject, isReadableValue: (value: unknown) => boolean): void {
  const everyField = arbitraryOf(schema, { isComplete: true });
  const [sample] = fc.sample(everyField, { numRuns: 1, seed: 1 });
  expect(isReadableValue(sample)).toBe(true);
  for (const field of Object.keys(schema.shape)) {
    for (const value of oneOfEachKind) {
      const changed = { ...(sample as object), [field]: value };
      const isAccepted = schema.safeParse(changed).success;
      // A text can be wrong in more ways than its kind: those are not for the fold to judge.
      if (typeof value !== 'string' || isAccepted) {
        expect([field, value, isReadableValue(changed)]).toEqual([field, value, isAccepted]);
      }
    }
  }
}

describe('what the fold takes for readable is what the schemas promise', () => {
  it.each(eventTypes)('[B13] in the payload of %s', (type) => {
    const isReadablePayload = (payload: unknown) => isReadable(withPayload(type, payload));
    if (!isReadablePayload(5)) expectSameKinds(catalogue[type].payload, isReadablePayload);
    const accepted = fc.property(arbitraryOf(catalogue[type].payload), (payload) => {
      expect(isReadablePayload(payload)).toBe(true);
    });
    fc.assert(accepted, { numRuns: 50 });
  });

  it.each(blockSchema.options.map((block) => [block.shape.type.value, block] as const))(
    '[B13] in a block of type %s',
    (_type, schema) => expectSameKinds(schema, isReadableBlock),
  );

  it.each(contentPartSchema.options.map((part) => [part.shape.type.value, part] as const))(
    '[B13] in a part of type %s',
    (_type, schema) => expectSameKinds(schema, (part) => isReadableBlock(userMessage([part]))),
  );
});

const userMessage = (content: unknown[]) => ({ id: 'm', type: 'user_message', status: 'complete', content });

it('[B13] one part that cannot be read makes a message one, and no part or type is taken for what its text says', () => {
  const part = { type: 'text', text: 'x' };
  expect(isReadableBlock(userMessage([part, part]))).toBe(true);
  for (const wrong of [null, 7, 'text', [], {}, { type: ['text'], text: 'x' }, { type: 'toString' }]) {
    expect(isReadableBlock(userMessage([part, wrong]))).toBe(false);
  }
  expect(isReadableBlock({ ...text('a'), type: ['assistant_text'] })).toBe(false);
});

it('[B13] a payload of another shape never throws', () => {
  const before = reduceSession(
    emptySessionState('s1'),
    event(1, 'block:start', { block: text('a', 'so far') }),
  );
  const harmless = fc.property(fc.constantFrom(...eventTypes), jsonArbitrary, (type, payload) => {
    const after = reduceSession(before, withPayload(type, payload));
    expect(sessionStateSchema.parse(after)).toEqual(after);
  });
  fc.assert(harmless, { numRuns: 1000 });
});
