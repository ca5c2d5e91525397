import { expect, test } from 'vitest';
import { GroupQueue } from './group-queue.ts';
import type { Write, WriteOutcome } from './write.ts';

interface Pending {
  readonly group: readonly Write[];
  readonly resolve: (outcomes: WriteOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** A queue whose groups end when the test says so. */
function queueUnderTest() {
  const pending: Pending[] = [];
  const failures: unknown[] = [];
  const commit = (group: readonly Write[]) =>
    new Promise<WriteOutcome[]>((resolve, reject) => pending.push({ group, resolve, reject }));
  const queue = new GroupQueue({ commit, onFailure: (error) => failures.push(error) });
  const keys = () => pending.map(({ group }) => group.map((write) => ('key' in write ? write.key : 0)));
  const next = async () => {
    await expect.poll(() => pending.length).toBeGreaterThan(0);
    return pending.shift() ?? Promise.reject(new Error('no group'));
  };
  return { queue, failures, keys, next };
}

const append = (key: number, rows = 1): Write => ({
  ...{ kind: 'append', key, epoch: 1, claim: false, after: 0, essential: false, floor: undefined },
  columns: {},
  entries: Array.from({ length: rows }, (_, index) => ({
    ...{ after: index, through: index + 1, type: 'log', audience: 0, body: '' },
  })),
  ...{ bytes: 0, blocks: [], runs: [], command: undefined, snapshot: undefined },
});
const done = { kind: 'committed', epoch: 1 } as const;

test('all that queued while a group ran goes in the next, in order', async () => {
  const { queue, keys, next } = queueUnderTest();
  const outcomes = [queue.push(append(1))];
  const first = await next();
  outcomes.push(queue.push(append(2)), queue.push(append(3)), queue.push(append(4)));
  expect(keys()).toEqual([]);
  first.resolve([done]);
  const second = await next();
  expect(second.group).toHaveLength(3);
  second.resolve([done, { kind: 'fenced' }, done]);
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual([
    ...['committed', 'committed', 'fenced', 'committed'],
  ]);
});

test('a group ends before 200 rows, but takes a larger append whole, and a slice alone', async () => {
  const { queue, next } = queueUnderTest();
  const writes = [append(1, 150), append(2, 40), append(3, 40), append(4, 500), append(5)];
  for (const write of [...writes, { kind: 'purge', key: 6 } as const, append(7)]) void queue.push(write);
  const sizes: number[] = [];
  for (let left = 7; left > 0; left -= sizes.at(-1) ?? 0) {
    const { group, resolve } = await next();
    sizes.push(group.length);
    resolve(group.map(() => done));
  }
  expect(sizes).toEqual([2, 1, 1, 1, 1, 1]);
});

test('[H4] after a failure all that queued and all that comes is unknown, until the queue is resumed', async () => {
  const { queue, failures, keys, next } = queueUnderTest();
  const running = queue.push(append(1));
  const first = await next();
  const queued = queue.push(append(2));
  first.reject(new Error('disk I/O error'));
  expect([await running, await queued, await queue.push(append(3))].map(({ kind }) => kind)).toEqual([
    ...['unknown', 'unknown', 'unknown'],
  ]);
  expect(failures).toHaveLength(1);
  await queue.drained();
  expect(keys()).toEqual([]);
  queue.resume();
  const again = queue.push(append(4));
  (await next()).resolve([done]);
  expect(await again).toEqual(done);
});
