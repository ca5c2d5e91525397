import { describe, expect, it, vi } from 'vitest';
import { createFrameQueue } from './frame-queue.ts';

function setUp() {
  const cancel = vi.fn();
  const schedule = vi.fn((_flush: () => void) => cancel);
  return { cancel, schedule, queue: createFrameQueue(schedule), draw: () => schedule.mock.lastCall?.[0]() };
}

describe('createFrameQueue', () => {
  it('asks for one frame, and tells each listener once in it', () => {
    const { schedule, queue, draw } = setUp();
    const [a, b] = [vi.fn(), vi.fn()];
    for (const listener of [a, b, a, b, a]) queue.add(listener);
    expect(schedule).toHaveBeenCalledTimes(1);
    draw();
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 1]);
    queue.add(a);
    expect(schedule).toHaveBeenCalledTimes(2);
  });

  it('takes the frame back when nobody waits for it any more', () => {
    const { schedule, cancel, queue } = setUp();
    const [a, b] = [vi.fn(), vi.fn()];
    queue.add(a);
    queue.add(b);
    queue.remove(a);
    expect(cancel).not.toHaveBeenCalled();
    queue.remove(b);
    expect(cancel).toHaveBeenCalledTimes(1);
    queue.add(a);
    expect(schedule).toHaveBeenCalledTimes(2);
  });

  it('puts what is added during a frame into the next', () => {
    const { schedule, queue, draw } = setUp();
    const late = vi.fn();
    queue.add(() => queue.add(late));
    draw();
    expect(late).not.toHaveBeenCalled();
    expect(schedule).toHaveBeenCalledTimes(2);
  });
});
