import { type AnyEvent, type Block, emptySessionState, PerdureError } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import type { Append, AppendOutcome, SessionStore } from '../store/session-store.ts';
import { withCalls } from '../testing/host-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingClientHub } from '../testing/recording-client-hub.ts';
import { createSample } from '../testing/session-store-samples.ts';
import { silentLogger } from '../testing/silent-logger.ts';
import { ClientBroadcastListener } from './client-broadcast-listener.ts';
import type { EventDraft } from './event-draft.ts';
import type { Retention } from './floor-after.ts';
import { PersistenceListener } from './persistence-listener.ts';
import { SessionEventBus } from './session-event-bus.ts';
import { SessionState } from './session-state.ts';

const stamp = { actor: { principalId: 'ann' }, source: 'agent', conversationId: 'main' } as const;
const line = (length: number): EventDraft => ({
  type: 'log',
  payload: { level: 'info', message: 'x'.repeat(length) },
  ...stamp,
});

const newest = { after: 0, order: 'desc', audience: 'client', maxRows: 10 } as const;

/** A session at the head of its log; `ends` are what its next appends come to, without being written. */
async function listening({
  ends = [] as AppendOutcome[],
  isOwner = false,
  folded = 0,
  retention = undefined as Retention | undefined,
  onScan = async () => {},
} = {}) {
  const inner = new MemorySessionStore();
  await inner.open();
  const record = await createSample(inner);
  const appends: Append[] = [];
  const compacted: unknown[] = [];
  const store: SessionStore = withCalls(inner, {
    append: async (append) => {
      appends.push(append);
      return ends.shift() ?? inner.append(append);
    },
    compact: async (...asked) => void compacted.push(asked),
    scan: async (...asked) => {
      await onScan();
      return inner.scan(...asked);
    },
  });
  const state = new SessionState(emptySessionState(record.id), record.head);
  const bus = new SessionEventBus({ logger: silentLogger });
  const hub = new RecordingClientHub();
  const order: string[] = [];
  const told: AnyEvent[] = [];
  bus.subscribe('committed', undefined, (event) => {
    order.push(`bus, state at ${state.through}, hub has ${hub.events().length}`);
    told.push(event);
  });
  const broadcast = new ClientBroadcastListener({
    session: record.key,
    hub: () => hub,
    logger: silentLogger,
  });
  const clock = new ManualClock();
  const log = new PersistenceListener({
    ...{ store, record, isOwner, folded, retention, clock, state, bus, broadcast },
  });
  const append = async (...drafts: EventDraft[]) => {
    const decision = log.begin();
    for (const draft of drafts) decision.add(draft);
    return log.commit(decision);
  };
  return { log, append, appends, compacted, inner, record, state, bus, hub, order, told, clock };
}

test('[H1] state, hub and tap hear of events when they are durable, in this order', async () => {
  const { append, inner, record, hub, order, state, log } = await listening();
  expect(await append(line(1), line(2))).toEqual({ kind: 'committed' });
  const head = record.head + 2;
  expect((await inner.get(record.key))?.head).toBe(head);
  expect(order).toEqual(Array(2).fill(`bus, state at ${head}, hub has 2`));
  expect(state.through).toBe(head);
  expect(hub.broadcasts).toMatchObject([
    { session: record.key, epoch: log.epoch, head, rows: [{ epoch: log.epoch }, { epoch: log.epoch }] },
  ]);
});

test('[H5] the first append claims the session, unless it has just been made; the next ones hold the claim', async () => {
  const { append, appends, log, record } = await listening();
  expect(log.epoch).toBe(record.epoch);
  await append(line(1));
  expect(log.epoch).toBeGreaterThan(record.epoch);
  await append(line(1));
  expect(appends).toMatchObject([
    { claim: true, epoch: record.epoch, after: record.head, essential: false },
    { claim: false, epoch: log.epoch, after: record.head + 1 },
  ]);
  const made = await listening({ isOwner: true });
  await made.append(line(1));
  expect(made.appends).toMatchObject([{ claim: false, epoch: made.record.epoch }]);
  expect(made.log.epoch).toBe(made.record.epoch);
});

test('what must be said, and the command it answers, reach the store', async () => {
  const { log, appends } = await listening();
  const command = { principalId: 'ann', commandId: 'mine', hash: 'h', result: { seq: 1 } };
  const decision = log.begin();
  decision.add(line(1));
  await log.commit(decision, { command, essential: true });
  expect(appends).toMatchObject([{ command, essential: true }]);
});

const boom = new Error('boom');
test.each([
  [{ kind: 'fenced' }, { kind: 'lost', why: 'fenced', error: undefined }],
  [{ kind: 'conflict' }, { kind: 'lost', why: 'fenced', error: undefined }],
  [{ kind: 'deleted' }, { kind: 'lost', why: 'deleted', error: undefined }],
  [
    { kind: 'unknown', error: boom },
    { kind: 'lost', why: 'store', error: boom },
  ],
  [
    { kind: 'refused', max: 9, current: 8 },
    { kind: 'full', max: 9, current: 8 },
  ],
  [
    { kind: 'duplicate', hash: 'h', result: { seq: 1 } },
    { kind: 'duplicate', hash: 'h', result: { seq: 1 } },
  ],
] as const)('[H1] nobody hears of what was not written: %o', async (outcome, expected) => {
  const { append, state, told, hub, log, record } = await listening({ ends: [outcome] });
  expect(await append(line(1))).toEqual(expected);
  expect([state.through, told, hub.broadcasts, log.epoch]).toEqual([record.head, [], [], record.epoch]);
});

test('a snapshot comes with the append that makes the log so long, and then only as much later', async () => {
  const { append, appends, record, state } = await listening();
  for (let count = 0; count < 12; count += 1) await append(line(50_000));
  const at = appends.flatMap(({ snapshot }, index) => (snapshot === undefined ? [] : [index]));
  expect(at).toEqual([5, 11]); // six lines are 262,144 bytes and more
  expect(appends.at(-1)?.snapshot).toMatchObject({ through: state.through, stateVersion: 2 });
  expect(JSON.parse(appends[5]?.snapshot?.body ?? '')).toMatchObject({ id: record.id });
});

test('what was folded on the last snapshot counts, and an append that was not written does not', async () => {
  const loaded = await listening({ folded: 262_000 });
  await loaded.append(line(200));
  expect(loaded.appends[0]?.snapshot).toBeDefined();
  const short = await listening({ folded: 262_144 - 400, ends: [{ kind: 'refused', max: 0, current: 0 }] });
  await short.append(line(100));
  await short.append(line(1));
  expect(short.appends.map(({ snapshot }) => snapshot)).toEqual([undefined, undefined]);
});

test('the last words stay in the record until there are others', async () => {
  const { append, appends } = await listening();
  const block: Block = { id: 'b', type: 'assistant_text', status: 'pending', content: '' };
  await append(
    { type: 'block:start', payload: { block }, ...stamp },
    { type: 'block:complete', payload: { blockId: 'b', block: { ...block, content: 'words' } }, ...stamp },
  );
  await append(line(1));
  expect(appends.map(({ record }) => record.lastText)).toEqual(['words', 'words']);
});

test('compaction stops before the oldest block that is open', async () => {
  const { append, log, compacted, record, state } = await listening();
  await log.compact();
  expect(compacted).toEqual([[record.key, record.head + 1]]);
  const start = (id: string): EventDraft => {
    const block: Block = { id, type: 'assistant_text', status: 'pending', content: '' };
    return { type: 'block:start', payload: { block }, ...stamp };
  };
  const end = (id: string): EventDraft => {
    const block: Block = { id, type: 'assistant_text', status: 'complete', content: 'x' };
    return { type: 'block:complete', payload: { blockId: id, block }, ...stamp };
  };
  await append(start('a'), start('b'), start('c'), end('a'));
  await log.compact();
  expect(compacted.at(-1)).toEqual([record.key, record.head + 2]);
  await append(end('b'), end('c'));
  await log.compact();
  expect(compacted.at(-1)).toEqual([record.key, state.through + 1]);
});

const crash: EventDraft = { type: 'run:interrupted', payload: { reason: 'crash' }, ...stamp, runId: 'r' };
const start: EventDraft = {
  type: 'environment:error',
  payload: { code: 'environment-failed', message: 'ended', stage: 'crash' },
  ...stamp,
};

test.each([
  ['a run', crash],
  ['a start', start],
])(
  '[C12] the floor stays below the crash of %s as long as it counts, and the log is asked once',
  async (_, told) => {
    let scans = 0;
    const onScan = async () => {
      scans += 1;
    };
    const { log, append, inner, record, clock, state } = await listening({
      retention: { keepEvents: 10 },
      onScan,
    });
    const lines = async (count: number) => {
      for (let index = 0; index < count; index += 1) await append(line(1));
    };
    const floorOf = async () => (await inner.get(record.key))?.floor;
    await lines(15);
    const recovery = log.begin();
    recovery.add(told);
    for (let count = 0; count < 12; count += 1) recovery.add(line(1));
    await log.commit(recovery, { essential: true, keepsFloor: true });
    expect([await floorOf(), scans]).toEqual([0, 0]); // what a recovery writes brings no floor, though one is due
    const place = recovery.after + 1;
    await lines(1);
    expect([await floorOf(), log.floor, scans]).toEqual([place - 1, place - 1, 1]);
    clock.advance(600_000);
    await lines(30);
    expect([await floorOf(), scans]).toEqual([place - 1, 1]);
    expect((await inner.scan(record.key, { ...newest, types: [told.type] })).length).toBe(1);
    clock.advance(1);
    await lines(1);
    expect([await floorOf(), log.floor, scans]).toEqual([state.through - 10, state.through - 10, 1]);
  },
);

test('[C12] while nobody can tell of crashes nothing goes, and then it does', async () => {
  let isDown = true;
  const onScan = async () => {
    if (isDown) throw new PerdureError('storage-unreadable', 'The disk does not answer.');
  };
  const { append, log, state } = await listening({ retention: { keepEvents: 10 }, onScan });
  for (let count = 0; count < 40; count += 1) expect(await append(line(1))).toEqual({ kind: 'committed' });
  expect(log.floor).toBe(0);
  isDown = false;
  await append(line(1));
  expect(log.floor).toBe(state.through - 10);
});

test('[A23] a hub that throws is logged, and one that is swapped is found', () => {
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => errors.push(fields) };
  const hub = new RecordingClientHub();
  const throwing = Object.assign(new RecordingClientHub(), {
    broadcast: () => {
      throw new PerdureError('internal', 'broken');
    },
  });
  let current: RecordingClientHub | undefined;
  const listener = new ClientBroadcastListener({ session: 1, hub: () => current, logger });
  listener.onCommitted(1, 1, []);
  current = throwing;
  listener.onCommitted(1, 1, []);
  expect(errors).toMatchObject([{ err: { message: 'broken' } }]);
  current = hub;
  listener.onCommitted(1, 1, []);
  expect(hub.broadcasts).toHaveLength(1);
});
