import { describe, expect, it } from 'vitest';
import { schemaBreaks } from './schema-breaks.ts';
import { type SchemaSnapshot, schemaSnapshot } from './schema-snapshot.ts';

const old = schemaSnapshot();

/** The snapshot after a change of its JSON; what was changed is found by its place. */
function changed(place: string, change: (schema: Record<string, unknown>) => void): SchemaSnapshot {
  const copy = structuredClone(old);
  const keys = place.split('/');
  const found = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], copy);
  if (typeof found !== 'object' || found === null) throw new Error(`nothing at ${place}`);
  change(found as Record<string, unknown>);
  return copy;
}

const without = (field: string) => (schema: Record<string, unknown>) => void delete schema[field];
const withField = (field: string, value: unknown) => (schema: Record<string, unknown>) => {
  schema[field] = value;
};
const delta = 'events/block:delta/properties/payload';
const submit = 'leaves/sessions.submit';

describe('a change that breaks a promise is found', () => {
  it.each([
    ['an event type is removed', 'events', without('log'), ['log is gone']],
    ['a leaf is removed', 'leaves', without('sessions.get'), ['sessions.get is gone']],
    [
      'a field of an event is removed',
      `${delta}/properties`,
      without('delta'),
      ['block:delta.payload.delta is gone'],
    ],
    [
      'a field of an event gets another type',
      `${delta}/properties/delta`,
      withField('type', 'number'),
      ['block:delta.payload.delta: type is narrower'],
    ],
    [
      'a field of an event that was always there can be missing',
      delta,
      withField('required', ['blockId']),
      ['block:delta.payload.delta is no longer always there'],
    ],
    [
      'an event needs a field that old logs do not have',
      delta,
      withField('required', ['blockId', 'delta', 'at']),
      ['block:delta.payload.at is newly required'],
    ],
    [
      'an input needs a new field',
      `${submit}/input`,
      withField('required', ['sessionId', 'content', 'color']),
      ['sessions.submit input.color is newly required'],
    ],
    [
      'an input takes fewer values',
      `${submit}/input/properties/delivery`,
      withField('enum', ['queue']),
      ['sessions.submit input.delivery: enum is narrower'],
    ],
    [
      'an input takes smaller numbers',
      `${submit}/input/properties/debounceMs`,
      withField('maximum', 5),
      ['sessions.submit input.debounceMs: maximum is narrower'],
    ],
    [
      'a leaf moves',
      submit,
      withField('rest', 'POST /v2 202'),
      ['sessions.submit is at POST /v2 202 instead of POST /v1/sessions/{id}/messages 202'],
    ],
    [
      'a leaf needs another right',
      submit,
      withField('access', 'session:admin'),
      ['sessions.submit needs session:admin instead of session:write'],
    ],
    [
      'a leaf is of another kind',
      submit,
      withField('kind', 'http'),
      ['sessions.submit is a http instead of a mutation'],
    ],
  ])('[B14] when %s', (_what, place, change, expected) => {
    expect(schemaBreaks(old, changed(place, change))).toEqual(expected);
  });

  it.each([
    [
      'an id is narrower',
      '$defs/Id',
      withField('pattern', '^x$'),
      'Id: pattern is narrower',
      'pattern is narrower',
    ],
    [
      'a type of block is removed',
      '$defs/Block',
      withField('oneOf', []),
      'tool_use is gone',
      'tool_use is gone',
    ],
    [
      'a field of the state is removed',
      '$defs/SessionState/properties',
      without('queue'),
      '',
      'queue is gone',
    ],
    [
      'an error code is removed',
      '$defs/ErrorBody/properties/code',
      withField('enum', ['internal']),
      '',
      'code: enum',
    ],
  ])('[B14] when %s, wherever it is used', (_what, place, change, _name, expected) => {
    expect(schemaBreaks(old, changed(place, change)).join('\n')).toContain(expected);
  });
});

describe('a change that only adds is none', () => {
  it('[B14] nothing changed', () => {
    expect(schemaBreaks(old, schemaSnapshot())).toEqual([]);
  });

  it.each([
    ['an event type', 'events', withField('later:event', {})],
    ['a leaf', 'leaves', withField('sessions.later', {})],
    ['an optional field of an event', `${delta}/properties`, withField('later', { type: 'string' })],
    ['an optional field of an input', `${submit}/input/properties`, withField('later', { type: 'string' })],
    [
      'a value that an input takes',
      `${submit}/input/properties/delivery`,
      withField('enum', ['queue', 'steer', 'interrupt', 'later']),
    ],
    ['an input that may be left out', `${submit}/input`, withField('required', ['sessionId'])],
    [
      'a field of an answer',
      '$defs/Accepted/required',
      (list) => void (list as unknown as string[]).push('later'),
    ],
  ] satisfies [string, string, (schema: Record<string, unknown>) => void][])(
    '[B14] added: %s',
    (_what, place, change) => {
      expect(schemaBreaks(old, changed(place, change))).toEqual([]);
    },
  );
});
