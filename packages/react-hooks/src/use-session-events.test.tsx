import { PerdureError, type LogEvent } from '@perdure/client';
import { describe, expect, it } from 'vitest';
import { event } from '../test/fake-session.ts';
import { createStage } from '../test/stage.tsx';
import { useSessionEvents } from './use-session-events.ts';

const seqs = (events: readonly LogEvent[]) => events.map(({ seq }) => seq);

describe('useSessionEvents', () => {
  it('[F4] keeps the newest events, newest first, and tells each once, also in strict mode', async () => {
    const stage = createStage({ strict: true });
    const session = stage.client.session('a');
    const told: number[] = [];
    session.logs(event(1), event(2));
    const { result, unmount } = stage.renderHook(() =>
      useSessionEvents('a', { limit: 3, onEvent: ({ seq }) => told.push(seq) }),
    );
    await stage.frame();
    expect(seqs(result.current)).toEqual([2, 1]);
    for (let seq = 3; seq <= 9; seq += 1) session.logs(event(seq));
    await stage.frame();
    expect(seqs(result.current)).toEqual([9, 8, 7]);
    expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(session.readers).toBe(1);
    unmount();
    await stage.frame();
    expect(session.readers).toBe(0);
  });

  it('keeps a hundred unless told otherwise, and none when told so', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const hundred = stage.renderHook(() => useSessionEvents('a'));
    const none = stage.renderHook(() => useSessionEvents('a', { limit: 0 }));
    session.logs(...Array.from({ length: 350 }, (_, index) => event(index + 1)));
    await stage.frame();
    expect(hundred.result.current).toHaveLength(100);
    expect(hundred.result.current[0]?.seq).toBe(350);
    expect(none.result.current).toEqual([]);
  });

  it('reads the types it is asked for; a list written in the component is not another one each time', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.logs(event(1), event(2, 'run:started'), event(3));
    const told: number[] = [];
    const { result, rerender } = stage.renderHook(() =>
      useSessionEvents('a', { types: ['log'], onEvent: ({ seq }) => told.push(seq) }),
    );
    await stage.frame();
    rerender();
    await stage.frame();
    expect(seqs(result.current)).toEqual([3, 1]);
    expect(told).toEqual([1, 3]);
  });

  it('[F10] shows no event of the session before', async () => {
    const stage = createStage();
    stage.client.session('a').logs(event(1, 'run:started'));
    const shown: string[] = [];
    const { rerender } = stage.renderHook(
      ({ id }) => {
        const events = useSessionEvents(id);
        for (const { type } of events) shown.push(`${id}: ${type}`);
      },
      { id: 'a' },
    );
    await stage.frame();
    rerender({ id: 'b' });
    stage.client.session('a').logs(event(2, 'run:started'));
    stage.client.session('b').logs(event(1, 'log'));
    await stage.frame();
    expect([...new Set(shown)]).toEqual(['a: run:started', 'b: log']);
  });

  it('calls the newest function, goes on when it throws, and says why reading ended', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const told: string[] = [];
    const uncaught: unknown[] = [];
    const listener = (error: unknown) => uncaught.push(error);
    const { rerender } = stage.renderHook(
      ({ name }) =>
        useSessionEvents('a', {
          onEvent: ({ seq }) => {
            told.push(`${name} ${seq}`);
            if (seq === 1) throw new Error('of the listener');
          },
          onError: (error) => told.push(`${name} ${error}`),
        }),
      { name: 'first' },
    );
    const restore = replaceUncaught(listener);
    session.logs(event(1));
    await stage.frame();
    restore();
    rerender({ name: 'second' });
    session.logs(event(2));
    await stage.frame();
    session.failsReading(new PerdureError('session-deleted', 'It is gone.'));
    await stage.frame();
    expect(told).toEqual(['first 1', 'second 2', 'second PerdureError: It is gone.']);
    expect(uncaught).toEqual([new Error('of the listener')]);
  });
});

/** The runner fails a test for what is uncaught; here that is the fact to see. */
function replaceUncaught(listener: (error: unknown) => void): () => void {
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', listener);
  return () => {
    process.removeAllListeners('uncaughtException');
    for (const one of before) process.on('uncaughtException', one);
  };
}
