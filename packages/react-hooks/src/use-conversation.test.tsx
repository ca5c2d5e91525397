import type { Block, OutboxEntry, QueuedMessage } from '@perdure/client';
import { describe, expect, it } from 'vitest';
import { text } from '../test/fake-session.ts';
import { createStage } from '../test/stage.tsx';
import { useConversation } from './use-conversation.ts';

const said = (id: string, content: string): Block => ({
  id,
  type: 'user_message',
  status: 'complete',
  content,
});

const onItsWay = (commandId: string, status: OutboxEntry['status'] = 'pending'): OutboxEntry => ({
  commandId,
  content: 'again',
  status,
  error: undefined,
});

const queued = (commandId: string): QueuedMessage => ({
  messageId: `m-${commandId}`,
  commandId,
  content: 'again',
  delivery: 'queue',
  at: '2026-01-01T00:00:00.000Z',
  actor: { principalId: 'ann' },
});

describe('useConversation', () => {
  it('[C7] shows blocks in their order: a message sent in mid-stream does not split the answer', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    const { result } = stage.renderHook(() => useConversation('a'));
    expect(result.current).toEqual([]);
    session.says(said('u1', 'go'), text('a1', 'half an '));
    session.holds(onItsWay('c2'));
    session.says(said('u1', 'go'), text('a1', 'half an answer'), said('u2', 'more'));
    await stage.frame();
    expect(result.current.map(({ id }) => id)).toEqual(['u1', 'a1', 'u2']);
    expect(result.current[1]).toMatchObject({ content: 'half an answer' });
  });

  it('[D13] the same text sent twice is pending twice, each of them once, from outbox to block', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.becomes();
    const { result } = stage.renderHook(() =>
      useConversation('a', { select: ({ blocks, pending }) => ({ blocks, pending }) }),
    );
    const pending = () => result.current.pending.map(({ commandId, status }) => `${commandId} ${status}`);

    session.holds(onItsWay('c1', 'sending'), onItsWay('c2'));
    await stage.frame();
    expect(pending()).toEqual(['c1 sending', 'c2 pending']);

    // The event has arrived, and the answer that takes the entry out of the outbox has not.
    session.becomes({ queue: [queued('c1')] });
    await stage.frame();
    expect(pending()).toEqual(['c1 queued', 'c2 pending']);

    session.holds();
    session.becomes({ queue: [queued('c2')] });
    session.says(said('m-c1', 'again'));
    await stage.frame();
    expect(pending()).toEqual(['c2 queued']);
    expect(result.current.blocks.map(({ id }) => id)).toEqual(['m-c1']);
  });

  it('[F4] renders anew only for its slice', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.says(said('u1', 'go'));
    const renders = { blocks: 0, count: 0, thread: 0, pending: 0 };
    stage.renderHook(() => {
      renders.blocks += 1;
      return useConversation('a');
    });
    stage.renderHook(() => {
      renders.count += 1;
      return useConversation('a', { select: ({ blocks }) => blocks.length });
    });
    stage.renderHook(() => {
      renders.thread += 1;
      return useConversation('a', { conversationId: 'sub' });
    });
    stage.renderHook(() => {
      renders.pending += 1;
      return useConversation('a', { select: ({ pending }) => pending });
    });

    session.becomes({ title: 'Another', activity: 'running' });
    await stage.frame();
    expect(renders).toEqual({ blocks: 1, count: 1, thread: 1, pending: 1 });
    for (const words of ['a', 'a b', 'a b c']) {
      session.says(said('u1', 'go'), text('a1', words));
      await stage.frame();
    }
    expect(renders).toEqual({ blocks: 4, count: 2, thread: 1, pending: 1 });
    session.holds(onItsWay('c1'));
    await stage.frame();
    expect(renders).toEqual({ blocks: 4, count: 2, thread: 1, pending: 2 });
    session.says(said('u1', 'go'), text('a1', 'a b c d'));
    await stage.frame();
    expect(renders).toEqual({ blocks: 5, count: 2, thread: 1, pending: 2 });
  });

  it('reads another thread, and takes the name of no thread for one', async () => {
    const stage = createStage();
    const session = stage.client.session('a');
    session.holds(onItsWay('c1'));
    const sub = { branchHead: null, hasOlder: true, blocks: [text('s1', 'from below')] };
    session.becomes({ conversations: { sub } });
    const read = (conversationId: string) =>
      stage.renderHook(() => useConversation('a', { conversationId, select: (view) => view })).result.current;
    expect(read('sub')).toMatchObject({ blocks: [{ id: 's1' }], hasOlder: true, pending: [] });
    expect(read('constructor')).toMatchObject({ blocks: [], hasOlder: false, pending: [] });
    expect(read('main').pending).toHaveLength(1);
  });
});
