import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextFrame } from './next-frame.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function withFrames() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const frames = new Map<number, () => void>();
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => {
    frames.set(1, run);
    return 1;
  });
  vi.stubGlobal('cancelAnimationFrame', (frame: number) => frames.delete(frame));
  return frames;
}

describe('nextFrame', () => {
  it('runs once, with the animation frame', () => {
    const frames = withFrames();
    const flush = vi.fn();
    nextFrame(flush);
    expect(flush).not.toHaveBeenCalled();
    frames.get(1)?.();
    expect(flush).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('runs all the same, and once, on a page that is not shown', () => {
    const frames = withFrames();
    const flush = vi.fn();
    nextFrame(flush);
    vi.runAllTimers();
    expect(flush).toHaveBeenCalledTimes(1);
    expect(frames.size).toBe(0);
  });

  it('runs by a timer where there is no screen', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubGlobal('requestAnimationFrame', undefined);
    const flush = vi.fn();
    nextFrame(flush);
    vi.runAllTimers();
    expect(flush).toHaveBeenCalledTimes(1);
    nextFrame(flush)();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be taken back', () => {
    const frames = withFrames();
    const cancel = nextFrame(() => {});
    cancel();
    expect([frames.size, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
