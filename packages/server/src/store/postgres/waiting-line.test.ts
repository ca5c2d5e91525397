import { expect, test, vi } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

function lineOf(options: { places: number; maxWaiting?: number; waitMs?: number }) {
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const line = new WaitingLine({
    ...{ maxWaiting: 10, waitMs: 1_000, ...options },
    refusal: (waiting) => new Error(`refused with ${waiting} waiting`),
  });
  const enter = (name: number) =>
    line.run(() => {
      begun.push(name);
      return new Promise<number>((resolve) => ends.push(() => resolve(name)));
    });
  return { line, enter, ends, begun };
}

test('as many are at work as there are places, the others follow in the order in which they came', async () => {
  const { enter, ends, begun } = lineOf({ places: 2 });
  const runs = [1, 2, 3, 4, 5].map(enter);
  await vi.waitFor(() => expect(begun).toEqual([1, 2]));
  ends[1]?.();
  await vi.waitFor(() => expect(begun).toEqual([1, 2, 3]));
  ends[0]?.();
  ends[2]?.();
  await vi.waitFor(() => expect(begun).toEqual([1, 2, 3, 4, 5]));
  for (const end of ends) end();
  expect(await Promise.all(runs)).toEqual([1, 2, 3, 4, 5]);
});

test('who waits longer than was said is refused, and takes no place with it', async () => {
  vi.useFakeTimers();
  try {
    const { enter, ends, begun } = lineOf({ places: 1, waitMs: 50 });
    const first = enter(1);
    const late = expect(enter(2)).rejects.toThrow('refused with 0 waiting');
    await vi.advanceTimersByTimeAsync(49);
    expect(begun).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    await late;
    ends[0]?.();
    await first;
    const third = enter(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual([1, 3]);
    ends[1]?.();
    expect(await third).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

test('one more than may wait is refused at once', async () => {
  const { enter, ends } = lineOf({ places: 1, maxWaiting: 2 });
  const runs = [enter(1), enter(2), enter(3)];
  await expect(enter(4)).rejects.toThrow('refused with 2 waiting');
  await vi.waitFor(() => expect(ends).toHaveLength(1));
  for (let next = 0; next < 3; next += 1) {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(next));
    ends[next]?.();
  }
  expect(await Promise.all(runs)).toEqual([1, 2, 3]);
});

test('work that fails gives its place back', async () => {
  const { line } = lineOf({ places: 1 });
  await expect(line.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await line.run(() => Promise.resolve('next'))).toBe('next');
});
