import { type Block, emptySessionState, type RunState, type SessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { floorAfter } from './floor-after.ts';

const quiet = emptySessionState('one');
const retention = { keepEvents: 100 };

test('[C12] a floor is due once the log is more than twice what is kept, and leaves that much', () => {
  expect(floorAfter({ state: quiet, through: 200 }, 0, retention)).toBeUndefined();
  expect(floorAfter({ state: quiet, through: 201 }, 0, retention)).toBe(101);
  expect(floorAfter({ state: quiet, through: 301 }, 101, retention)).toBeUndefined();
  expect(floorAfter({ state: quiet, through: 302 }, 101, retention)).toBe(202);
  expect(floorAfter({ state: quiet, through: 1_000_000 }, 0, undefined)).toBeUndefined();
});

test('[C12] while a run or a block is open nothing goes; a message that waits keeps nothing', () => {
  const run = (status: RunState['status']): SessionState => ({
    ...quiet,
    runs: [{ runId: 'r', status, agent: 'a', attempt: 1, queuedAt: '' } as RunState],
  });
  const due = (state: SessionState) => floorAfter({ state, through: 500 }, 0, retention) !== undefined;
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
