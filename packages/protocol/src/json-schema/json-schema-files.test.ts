import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { event, final, text } from '../../test/events.ts';
import { eventTypes } from '../../test/every-schema.ts';
import { blockSchema } from '../blocks/block.ts';
import { followFrameSchema } from '../frames/follow-frame.ts';
import { jsonSchemaFiles } from './json-schema-files.ts';

const files = jsonSchemaFiles();
const accepts = (name: string, value: unknown) =>
  z.fromJSONSchema(files[name] as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value).success;

describe('the JSON Schema files', () => {
  it('are one for each event, block and frame, the state and the error body', () => {
    const expected = [
      ...eventTypes.map((type) => `event-${type.replace(':', '-')}.json`),
      ...blockSchema.options.map((block) => `block-${block.shape.type.value.replace('_', '-')}.json`),
      ...followFrameSchema.options.map((frame) => `frame-${frame.shape.kind.value}.json`),
      'event.json',
      'session-state.json',
      'error-body.json',
    ];
    expect(Object.keys(files).sort()).toEqual(expected.sort());
  });

  it.each(Object.entries(files))('%s stands alone', (name, document) => {
    expect(document['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(document['title']).toBe(name.replace('.json', ''));
    const defined = Object.keys(document['$defs'] ?? {}).map((definition) => `#/$defs/${definition}`);
    const referred = JSON.stringify(document).match(/(?<="\$ref":")[^"]+/g) ?? [];
    expect(defined).toEqual(expect.arrayContaining(referred));
  });

  it('accept what the schemas accept, with fields of later releases', () => {
    const started = event(1, 'block:start', { block: text('a') });
    expect(accepts('event-block-start.json', started)).toBe(true);
    expect(accepts('event-block-start.json', { ...started, addedLater: 1 })).toBe(true);
    expect(accepts('block-assistant-text.json', final(text('a', 'done')))).toBe(true);
    expect(accepts('error-body.json', { code: 'internal', message: 'x' })).toBe(true);
  });

  it('refuse what the schemas refuse', () => {
    expect(
      accepts('event-block-start.json', { ...event(1, 'block:start', { block: text('a') }), seq: 0 }),
    ).toBe(false);
    expect(accepts('event-block-delta.json', event(1, 'block:start', { block: text('a') }))).toBe(false);
    expect(accepts('error-body.json', { code: 'nope', message: 'x' })).toBe(false);
  });
});
