import { describe, expect, it } from 'vitest';
import { PerdureError } from '@perdure/client';
import { createStage } from '../test/stage.tsx';
import { text } from '../test/fake-session.ts';
import { useSession } from './use-session.ts';

describe('useSession', () => {
  it('tells what a session is and does, and nothing of it before it is there', async () => {
    const stage = createStage();
    const { result } = stage.renderHook(() => useSession('a'));
    expect(result.current).toMatchObject({ id: 'a', status: 'loading', isLive: false, runs: [], queue: [] });
    expect(result.current.activity).toBeUndefined();
    expect(result.current.title).toBeUndefined();

    const queued = { runId: 'r1', agent: 'echo', attempt: 1, queuedAt: '2026-01-01T00:00:00.000Z' };
    const ended = { ...queued, runId: 'r0', status: 'completed' as const, endedAt: queued.queuedAt };
    stage.client.session('a').becomes({
      activity: 'running',
      environment: { status: 'ready' },
      runs: [ended, { ...queued, status: 'running' }],
    });
    await stage.frame();
    expect(result.current).toMatchObject({
      status: 'ready',
      isLive: true,
      activity: 'running',
      environment: { status: 'ready' },
      title: 'title of a',
      agent: 'echo',
      run: { runId: 'r1' },
      handle: stage.client.session('a'),
    });
  });

  it('tells what ended the subscription', async () => {
    const stage = createStage();
    const { result } = stage.renderHook(() => useSession('gone'));
    const error = new PerdureError('session-not-found', 'No session "gone".');
    stage.client.session('gone').show({ status: 'not-found', error });
    await stage.frame();
    expect(result.current).toMatchObject({ status: 'not-found', error, isLive: false });
  });

  it('[F4] renders anew for its own fields, and not for words that stream in', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.becomes();
    let renders = 0;
    const { result } = stage.renderHook(() => {
      renders += 1;
      return useSession('a');
    });
    for (const word of ['to', 'to perdure', 'to perdure is to go on']) {
      session.says(text('b1', word));
      session.becomes({ updatedAt: `2026-01-01T00:00:0${word.length % 10}.000Z` });
      await stage.frame();
    }
    expect(renders).toBe(1);
    session.becomes({ title: 'Another' });
    await stage.frame();
    expect(renders).toBe(2);
    expect(result.current.title).toBe('Another');
  });

  it('[F10] switching the session never shows the status of the other', async () => {
    const stage = createStage({ strict: true });
    stage.client.session('a').becomes({ title: 'a', activity: 'running' });
    stage.client.session('b').becomes({ title: 'b', activity: 'idle' });
    const shown: string[] = [];
    const { rerender } = stage.renderHook(
      ({ id }) => {
        const { id: of, title, activity } = useSession(id);
        shown.push(`${id} ${of} ${title} ${activity}`);
      },
      { id: 'a' },
    );
    rerender({ id: 'b' });
    stage.client.session('a').becomes({ activity: 'error' });
    await stage.frame();
    rerender({ id: 'never seen' });
    rerender({ id: 'a' });
    await stage.frame();
    expect([...new Set(shown)]).toEqual([
      'a a a running',
      'b b b idle',
      'never seen never seen undefined undefined',
      'a a a error',
    ]);
  });
});
