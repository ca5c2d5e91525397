import { expect, it } from 'vitest';
import { cursorAt, eventsFrame, snapshotFrame } from '../../test/frames-of.ts';
import { SampleLog } from '../../test/sample-log.ts';
import { readFrame } from './read-frame.ts';

const log = new SampleLog();
log.turn('question', 'one two three');
const { events } = log;
const frame = eventsFrame(events, 2, 6);
const isTaken = (value: unknown) => {
  try {
    return readFrame(value) === value;
  } catch (error) {
    expect(error).toMatchObject({ code: 'internal' });
    return false;
  }
};

it('[D1] takes what a server sends, also of types that it does not know and with events left out', () => {
  expect(events.length).toBeGreaterThan(6);
  expect(isTaken(frame)).toBe(true);
  expect(isTaken(eventsFrame(events, 3, 3))).toBe(true);
  expect(isTaken(eventsFrame(events, 0, 0))).toBe(true);
  expect(isTaken({ ...frame, events: frame.events.filter(({ seq }) => seq % 2 === 0) })).toBe(true);
  expect(isTaken({ ...frame, events: frame.events.map((event) => ({ ...event, type: 'later' })) })).toBe(
    true,
  );
  expect(isTaken(snapshotFrame(events))).toBe(true);
});

it('[D1] takes no frame whose places do not fit: it would leave events out for ever', () => {
  const [first, ...rest] = frame.events;
  const damaged: Record<string, unknown> = {
    'another cursor': { ...frame, cursor: cursorAt(7) },
    'no cursor': { ...frame, cursor: '7' },
    'another end': { ...frame, through: 7 },
    'no end': { ...frame, through: undefined },
    'no beginning': { ...frame, after: 'x' },
    'a beginning after its first event': { ...frame, after: 3 },
    'a beginning after its end': { ...eventsFrame(events, 3, 3), after: 4 },
    'an event of another place': { ...frame, events: [{ ...first, seq: 93 }, ...rest] },
    'an event from after its end': { ...frame, events: [...frame.events, { ...first, seq: 7 }] },
    'events in another order': { ...frame, events: frame.events.toReversed() },
    'one event twice': { ...frame, events: [first, first, ...rest] },
    'an event without a place': { ...frame, events: [{ ...first, seq: undefined }] },
    'no event': { ...frame, events: [null] },
    'no events': { ...frame, events: undefined },
    'another kind': { ...frame, kind: 'evemts' },
    'a snapshot without a cursor': { ...snapshotFrame(events), cursor: 1 },
    'a snapshot without conversations': { ...snapshotFrame(events), state: {} },
    nothing: null,
  };
  for (const [name, value] of Object.entries(damaged)) expect([name, isTaken(value)]).toEqual([name, false]);
});
