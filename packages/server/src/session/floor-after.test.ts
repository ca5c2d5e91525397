import { type Block, emptySessionState, type RunState, type SessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { floorAfter, type Retention } from './floor-after.ts';

const quiet = emptySessionState('one');
const retention = { keepEvents: 100 };

/** The floor after an append of a few events that left the session as it was. */
const floorAt = (through: number, floor: number, kept?: Retention, state = quiet) =>
  floorAfter({ before: state, state, after: through - 3, through }, floor, kept);

test('[C12] a floor is due once the log is more than twice what is kept, and leaves that much', () => {
  expect(floorAt(200, 0, retention)).toBeUndefined();
  expect(floorAt(201, 0, retention)).toBe(101);
  expect(floorAt(301, 101, retention)).toBeUndefined();
  expect(floorAt(302, 101, retention)).toBe(202);
  expect(floorAt(1_000_000, 0, undefined)).toBeUndefined();
});

/** A session with a run in each of these statuses. */
const run = (...statuses: RunState['status'][]): SessionState => ({
  ...quiet,
  runs: statuses.map(
    (status, index) => ({ runId: `r${index}`, status, agent: 'a', attempt: 1, queuedAt: '' }) as RunState,
  ),
});

test('[C12] while a run or a block is open nothing goes; a message that waits keeps nothing', () => {
  const due = (state: SessionState) => floorAt(500, 0, retention, state) !== undefined;
  expect((['running', 'waiting', 'stopping'] as const).map((status) => due(run(status)))).toEqual([
    false,
    false,
    false,
  ]);
  expect((['queued', 'completed', 'failed'] as const).map((status) => due(run(status)))).toEqual([
    true,
    true,
    true,
  ]);
  const block = { id: 'b', type: 'assistant_text', status: 'pending', content: '' } as Block;
  const conversations = { main: { branchHead: null, blocks: [block], hasOlder: false } };
  expect(due({ ...quiet, conversations } as unknown as SessionState)).toBe(false);
});

test('[C12] a run that begins where the one before it ends keeps nothing: it lies above the floor', () => {
  const [before, state] = [run('running', 'queued'), run('completed', 'running')];
  const through = 500;
  expect(floorAfter({ before, state, after: 497, through }, 0, retention)).toBe(400);
  expect(floorAfter({ before, state, after: 300, through }, 0, retention)).toBe(300);
  expect(floorAfter({ before, state, after: 300, through }, 250, retention)).toBe(300);
  expect(floorAfter({ before, state, after: 250, through }, 250, retention)).toBeUndefined();
  expect(floorAfter({ before, state: run('completed', 'queued'), after: 300, through }, 0, retention)).toBe(
    400,
  );
  const goesOn = run('running', 'running');
  expect(floorAfter({ before, state: goesOn, after: 497, through }, 0, retention)).toBeUndefined();
});
