import { describe, expect, it } from 'vitest';
import { wireErrorCodes } from '../src/contract/error-answer-schema.ts';
import { emptySessionState, reduceSession, windowSessionState } from '../src/index.ts';
import { followFrameSchema } from '../src/schemas.ts';
import { eventTypes } from './every-schema.ts';
import { fixtureFaults } from './fixture-faults.ts';
import { readFixture } from './fixture-files.ts';
import { schemaBreaks } from './schema-breaks.ts';
import { schemaSnapshot } from './schema-snapshot.ts';

describe('what was recorded of this protocol version', () => {
  it('[B14] is still read, field by field, and still folds to the same state', () => {
    expect(fixtureFaults()).toEqual([]);
  });

  it('[B14] is promised by the schemas still: nothing was removed or narrowed, no input needs more', () => {
    expect(schemaBreaks(readFixture('schema'), schemaSnapshot())).toEqual([]);
  });

  it('[B14] holds all there is now; if not, run `pnpm fixtures`', () => {
    expect(readFixture('schema')).toEqual(schemaSnapshot());
    expect(Object.keys(readFixture('events'))).toEqual(expect.arrayContaining(eventTypes));
    expect(Object.keys(readFixture('errors'))).toEqual(expect.arrayContaining(wireErrorCodes));
    const kinds = followFrameSchema.options.map((frame) => frame.shape.kind.value);
    expect(Object.keys(readFixture('frames'))).toEqual(expect.arrayContaining(kinds));
  });

  it('[B14] is a log as servers write it: dense, in time, with an event of a later release', () => {
    const { events } = readFixture('log');
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, index) => index + 1));
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort());
    const types: readonly string[] = eventTypes;
    expect(events.filter(({ type }) => !types.includes(type)).map(({ type }) => type)).toEqual([
      'later:event',
    ]);
  });

  it('[B14] folds to the same state from a snapshot in its middle', () => {
    const { sessionId, events, state } = readFixture('log');
    const snapshot = windowSessionState(
      events.slice(0, 30).reduce(reduceSession, emptySessionState(sessionId)),
    );
    const joined = events
      .slice(30)
      .reduce(reduceSession, JSON.parse(JSON.stringify(snapshot)) as typeof snapshot);
    expect(joined).toEqual(state);
  });
});
