import { type FollowFrame, PerdureError, type SnapshotReason } from '@perdure/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorAt, eventsFrame, foldOf, snapshotFrame } from '../../test/frames-of.ts';
import { SampleLog } from '../../test/sample-log.ts';
import {
  applyFrame,
  awayFrom,
  createSessionStore,
  endedWith,
  followedAnew,
  followInput,
  placeOf,
  type SessionStore,
} from './session-store.ts';

const KEEP = 1_000;
const fresh = () => createSessionStore('s1');
const apply = (store: SessionStore, frame: FollowFrame, keep = KEEP) => applyFrame(store, frame, keep);

/** A store that has taken these frames, one after the other. */
const after = (frames: readonly FollowFrame[], store = fresh()) =>
  frames.reduce((current, frame) => apply(current, frame).store, store);

function sampleLog(turns: number): SampleLog {
  const log = new SampleLog();
  for (let turn = 1; turn <= turns; turn += 1) log.turn(`question ${turn}`, 'one two three four');
  return log;
}

describe('the store of a session', () => {
  it('[D1][F3] is the fold of the log, whatever was cut, sent twice, left out or resumed', () => {
    const fault = fc.record({
      kind: fc.constantFrom('next', 'again', 'skip', 'away', 'snapshot', 'write'),
      size: fc.integer({ min: 1, max: 12 }),
      back: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(fault, { maxLength: 60 }), (faults) => {
        const log = sampleLog(2);
        let store = fresh();
        const told: number[] = [];
        /** What the server sends for the input the client gives now. */
        const take = (frame: FollowFrame) => {
          const before = placeOf(store);
          const applied = apply(store, frame);
          store = applied.store;
          for (const { seq, type } of applied.told) {
            if (type === 'status:changed') continue;
            expect(seq).toBeGreaterThan(before); // S2
            told.push(seq);
          }
          // S1: at every place the state is the fold up to there.
          if (store.state !== undefined)
            expect(store.state).toEqual(foldOf(log.events.slice(0, placeOf(store))));
          return applied.verdict;
        };
        const next = (size: number, shift: number) => {
          const { lastEventId } = followInput(store);
          if (lastEventId === undefined) return take(snapshotFrame(log.events, undefined, 'gap'));
          const from = Math.min(log.head, Math.max(0, placeOf(store) + shift));
          return take(eventsFrame(log.events, from, Math.min(log.head, from + size)));
        };
        for (const { kind, size, back } of faults) {
          if (kind === 'next') next(size, 0);
          else if (kind === 'again')
            next(size, -back); // as after a hand-off: some of it is known
          else if (kind === 'skip')
            next(size, back); // as when frames were lost
          else if (kind === 'away') store = awayFrom(store, undefined);
          else if (kind === 'snapshot') take(snapshotFrame(log.events));
          else log.turn(`more ${size}`, 'five six');
        }
        for (let round = 0; placeOf(store) < log.head || store.state === undefined; round += 1) {
          expect(round).toBeLessThan(1_000);
          next(7, 0);
        }
        expect(store.state).toEqual(foldOf(log.events));
        expect(store.cursor).toBe(cursorAt(log.head));
        expect([...told]).toEqual([...new Set(told)].sort((a, b) => a - b));
      }),
      { numRuns: 300 },
    );
  });

  it('[D1] takes nothing that begins after its place, and asks for a snapshot after two gaps at one place', () => {
    const { events } = sampleLog(2);
    const start = after([snapshotFrame(events, 5)]);
    const first = apply(start, eventsFrame(events, 7, 9));
    expect(first.verdict).toBe('again');
    expect(followInput(first.store)).toEqual({ sessionId: 's1', lastEventId: cursorAt(5) });
    const second = apply(first.store, eventsFrame(events, 8, 9));
    expect(second.store.state).toBe(start.state);
    expect(followInput(second.store)).toEqual({ sessionId: 's1', from: 'snapshot' });
    const healed = apply(first.store, eventsFrame(events, 5, 9));
    expect(followInput(apply(healed.store, eventsFrame(events, 12, 13)).store).lastEventId).toBe(cursorAt(9));
  });

  it.each<SnapshotReason>(['start', 'gap', 'epoch', 'ahead', 'retention'])(
    '[Q2][D5] tells that it was served with a snapshot because of %s, and holds nothing of before',
    (reason) => {
      const old = after([snapshotFrame(sampleLog(3).events)]);
      const { events } = sampleLog(1);
      const store = after([snapshotFrame(events, undefined, reason)], awayFrom(old, undefined));
      expect(store.resumed).toEqual({ kind: 'snapshot', reason });
      expect(store.state).toEqual(foldOf(events));
      expect(store.cursor).toBe(cursorAt(events.length));
    },
  );

  it('[C12][D5] takes a state in the middle of what it follows, and goes on from it', () => {
    const { events } = sampleLog(3);
    const live = after([snapshotFrame(events, 5), eventsFrame(events, 5, 8)]);
    const overtaken = apply(live, snapshotFrame(events, 12, 'retention'));
    expect([overtaken.verdict, overtaken.store.state]).toEqual(['next', foldOf(events.slice(0, 12))]);
    expect(overtaken.store.resumed).toEqual({ kind: 'snapshot', reason: 'retention' });
    const after12 = apply(overtaken.store, eventsFrame(events, 12, events.length));
    expect([after12.verdict, after12.store.state]).toEqual(['next', foldOf(events)]);
  });

  it('[Q2][E16] tells a replay from a snapshot, and is replaying until the head was reached', () => {
    const { events } = sampleLog(1);
    const start = after([snapshotFrame(events, 3)]);
    expect([start.phase, start.resumed]).toEqual(['replaying', { kind: 'snapshot', reason: 'start' }]);
    const live = after([eventsFrame(events, 3, events.length)], start);
    expect(live.phase).toBe('live');
    const away = awayFrom(live, undefined);
    expect([away.phase, away.status]).toEqual(['replaying', 'ready']);
    const back = after([{ ...eventsFrame(events, events.length, events.length), live: false }], away);
    expect([back.phase, back.resumed]).toEqual(['replaying', { kind: 'replay' }]);
    expect(after([eventsFrame(events, events.length, events.length)], back).phase).toBe('live');
  });

  it.each([
    ['session-not-found', 'not-found'],
    ['session-deleted', 'deleted'],
    ['forbidden', 'error'],
    ['invalid-cursor', 'error'],
  ] as const)('[Q2][N1] %s makes it %s, and following anew begins from the start', (code, status) => {
    const start = after([snapshotFrame(sampleLog(1).events)]);
    const over = endedWith(start, new PerdureError(code, 'why'));
    expect([over.status, over.error?.code]).toEqual([status, code]);
    expect(over.state).toBe(start.state);
    expect(awayFrom(over, undefined)).toBe(over);
    expect(followInput(followedAnew(over))).toEqual({ sessionId: 's1', from: 'snapshot' });
    expect(followedAnew(start)).toBe(start);
  });

  it('[F9] keeps as many completed blocks as it may, and every open one', () => {
    const log = new SampleLog();
    const open = { id: 'open', type: 'assistant_text', status: 'pending', content: '' } as const;
    log.write('block:start', { block: open }, { conversationId: 'main' });
    for (let turn = 1; turn <= 200; turn += 1) log.turn('q', 'a');
    let store = after([snapshotFrame(log.events, 1)]);
    for (let place = 1; place < log.head; place += 10) {
      store = apply(store, eventsFrame(log.events, place, Math.min(log.head, place + 10)), 20).store;
      expect(store.state?.conversations['main']?.blocks.length).toBeLessThanOrEqual(22);
    }
    const main = store.state?.conversations['main'];
    expect(main?.hasOlder).toBe(true);
    expect(main?.blocks.map(({ id }) => id)).toContain('open');
    expect(main?.blocks.at(-1)).toEqual(foldOf(log.events).conversations['main']?.blocks.at(-1));
  });

  it('tells what it folded, and that the session does something else now, right after what made it so', () => {
    const log = new SampleLog();
    const start = after([snapshotFrame(log.events)]);
    log.turn('q', 'a');
    const { told } = apply(start, eventsFrame(log.events, 1, log.head));
    expect(told.map(({ type, seq }) => `${seq} ${type}`)).toEqual([
      '2 message:queued',
      '2 status:changed',
      '3 message:delivered',
      '4 run:started',
      '4 status:changed',
      '5 block:start',
      '6 block:delta',
      '7 block:complete',
      '8 run:completed',
      '8 status:changed',
    ]);
  });

  it('keeps events of unknown types in order and folds on', () => {
    const log = new SampleLog();
    log.events.push({
      seq: 2,
      at: '2026-01-01T00:00:00.002Z',
      type: 'later:thing',
      payload: { x: 1 },
      actor: { principalId: 'ann' },
      source: 'agent',
    });
    log.turn('q', 'a');
    const { store, told } = apply(fresh(), eventsFrame(log.events, 0, log.head));
    expect(told[1]).toBe(log.events[1]);
    expect(store.state).toEqual(foldOf(log.events));
  });

  it('begins with events only where the log begins', () => {
    const { events } = sampleLog(1);
    expect(apply(fresh(), eventsFrame(events, 0, 3))).toMatchObject({ verdict: 'next' });
    const late = apply({ ...fresh(), cursor: cursorAt(2) }, eventsFrame(events, 2, 3));
    expect(late).toMatchObject({ verdict: 'again', told: [], store: { state: undefined, gaps: 1 } });
  });

  it('says what a snapshot changed of what the session does, once', () => {
    const log = new SampleLog();
    log.ask('q', 'c');
    const start = after([snapshotFrame(log.events, 1)]);
    const { told } = apply(start, snapshotFrame(log.events));
    expect(told).toMatchObject([{ type: 'status:changed', seq: 2, actor: { principalId: 'system' } }]);
    expect(apply(after([snapshotFrame(log.events)]), snapshotFrame(log.events)).told).toEqual([]);
  });
});
