// @vitest-environment node
import './install-dom.ts';
import { cleanup, configure, render, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type PerdureClient,
  PerdureProvider,
  textOf,
  useConnection,
  useConversation,
  useSession,
  useSessionEvents,
  useSessionList,
  useSubmit,
} from '../src/index.ts';
import { startRealServer } from './real-server.ts';

afterEach(cleanup);
// Facts are waited for, however busy the machine is.
configure({ asyncUtilTimeout: 15_000 });

const around = (client: PerdureClient) => ({
  reactStrictMode: true,
  wrapper: ({ children }: { children: ReactNode }) => (
    <PerdureProvider client={client}>{children}</PerdureProvider>
  ),
});

const Status = ({ id }: { id: string }) => <p>{useSession(id).status}</p>;

const useChat = (id: string) => ({
  session: useSession(id),
  talk: useConversation(id, { select: (view) => view }),
  submit: useSubmit(id),
  connection: useConnection(),
});

const wordsOf = (blocks: ReturnType<typeof useConversation>) =>
  blocks.map((block) => {
    if (block.type === 'user_message') return `> ${textOf(block.content)}`;
    return block.type === 'assistant_text' ? block.content : block.type;
  });

describe('the hooks on a real server', () => {
  it('[F2] [F4] five hooks under strict mode are one subscription, and the last to go closes it', async () => {
    await using world = await startRealServer();
    const { id } = await world.client.sessions.create({ agent: 'speaker' });
    const parts = ['1', '2', '3', '4', '5'].map((key) => <Status key={key} id={id} />);
    const view = render(parts, around(world.client));
    await waitFor(() => expect(view.container.textContent).toBe('ready'.repeat(5)));
    expect(world.tap.open()).toEqual(['sessions.follow']);
    view.rerender(parts.slice(4));
    expect(world.tap.open()).toEqual(['sessions.follow']);
    view.unmount();
    await waitFor(() => expect(world.tap.open()).toEqual([]));
  });

  it('[C7] [D13] what is said in mid-stream waits its turn, splits no answer, and is shown once at every step', async () => {
    await using world = await startRealServer();
    const { id } = await world.client.sessions.create({ agent: 'speaker' });
    const seen: string[] = [];
    const { result } = renderHook(() => {
      const chat = useChat(id);
      const pending = chat.talk.pending.map(({ content }) => `? ${textOf(content)}`);
      seen.push([...wordsOf(chat.talk.blocks), ...pending].join(' | '));
      return chat;
    }, around(world.client));
    void result.current.submit.submit('again');
    world.say('half an ');
    await waitFor(() => expect(wordsOf(result.current.talk.blocks)).toEqual(['> again', 'half an ']));
    void result.current.submit.submit('again');
    await waitFor(() => expect(result.current.session.queue).toHaveLength(1));
    world.say('answer');
    world.endTurn();
    await waitFor(() => expect(wordsOf(result.current.talk.blocks)).toHaveLength(3));
    world.say('another');
    world.endTurn();
    await waitFor(() => expect(result.current.session.activity).toBe('idle'));
    expect(wordsOf(result.current.talk.blocks)).toEqual(['> again', 'half an answer', '> again', 'another']);
    expect(result.current.submit).toMatchObject({ outbox: [], isPending: false, error: undefined });
    // No render between has shown a message twice, or for a moment not at all.
    const said = seen.map((line) => line.match(/[>?] again/g)?.length ?? 0);
    expect(said).toEqual([...said].sort());
    expect(Math.max(...said)).toBe(2);
  });

  it('[F3] [E16] a page that was open while the server restarted reads on, each word once', async () => {
    await using world = await startRealServer();
    const { id } = await world.client.sessions.create({ agent: 'speaker', message: 'go' });
    const statuses: string[] = [];
    const told: number[] = [];
    const { result } = renderHook(() => {
      const chat = useChat(id);
      const events = useSessionEvents(id, { onEvent: ({ seq }) => told.push(seq) });
      if (statuses.at(-1) !== chat.connection.status) statuses.push(chat.connection.status);
      return { ...chat, events };
    }, around(world.client));
    world.say('before ');
    await waitFor(() => expect(wordsOf(result.current.talk.blocks)).toEqual(['> go', 'before ']));
    await world.restart();
    await waitFor(() => expect(result.current.session.isLive).toBe(true));
    await waitFor(() => expect(result.current.session.run).toBeUndefined());
    await result.current.submit.submit('go on');
    world.say('after');
    world.endTurn();
    await waitFor(() => expect(wordsOf(result.current.talk.blocks).at(-1)).toBe('after'), {
      timeout: 10_000,
    });
    await waitFor(() => expect(result.current.session.activity).toBe('idle'));
    const words = wordsOf(result.current.talk.blocks);
    expect(words.filter((word) => word.startsWith('>'))).toEqual(['> go', '> go on']);
    expect(words.filter((word) => word === 'before ' || word === 'after')).toEqual(['before ', 'after']);
    await waitFor(() => expect(told).toHaveLength(Math.max(...told)));
    expect(told).toEqual([...told.keys()].map((index) => index + 1));
    expect(result.current.events.map(({ seq }) => seq)).toEqual([...told].reverse().slice(0, 100));
    expect(statuses).toEqual(['connecting', 'open', 'reconnecting', 'open']);
  });

  it('[F4] a thousand words cost at most a render a frame', async () => {
    await using world = await startRealServer();
    const options = { delayMs: 0, repeat: 1_000 };
    const { id } = await world.client.sessions.create({ agent: 'echo', options });
    let frames = 0;
    let renders = 0;
    const scheduleFrame = (flush: () => void) => {
      const timer = setTimeout(() => {
        frames += 1;
        flush();
      }, 16);
      return () => clearTimeout(timer);
    };
    const { result } = renderHook(
      () => {
        renders += 1;
        return useConversation(id);
      },
      {
        wrapper: ({ children }) => (
          <PerdureProvider client={world.client} scheduleFrame={scheduleFrame}>
            {children}
          </PerdureProvider>
        ),
      },
    );
    await world.client.session(id).submit('word');
    await waitFor(() =>
      expect(result.current.at(-1)).toMatchObject({ type: 'assistant_text', status: 'complete' }),
    );
    expect(wordsOf(result.current).at(-1)?.split(' ')).toHaveLength(1_000);
    expect(renders).toBeLessThanOrEqual(frames + 1);
  });

  it('[F10] switching between sessions shows each its own', async () => {
    await using world = await startRealServer();
    const { id: a } = await world.client.sessions.create({ agent: 'echo', title: 'a', message: 'from a' });
    const { id: b } = await world.client.sessions.create({ agent: 'echo', title: 'b', message: 'from b' });
    const owners: Record<string, string> = { [a]: 'a', [b]: 'b' };
    const { result, rerender } = renderHook(
      ({ id }) => {
        const { session, talk } = useChat(id);
        const owner = owners[id];
        expect([undefined, owner]).toContain(session.title);
        for (const word of wordsOf(talk.blocks)) expect(word).toContain(owner);
        return { session, talk };
      },
      { ...around(world.client), initialProps: { id: a } },
    );
    for (const id of [b, a, b, a]) {
      rerender({ id });
      await waitFor(() => expect(result.current.talk.blocks).toHaveLength(2));
      await waitFor(() =>
        expect(result.current.session).toMatchObject({ title: owners[id], activity: 'idle' }),
      );
    }
  });

  it('lists sessions, and says what is wrong with one that is not there', async () => {
    await using world = await startRealServer();
    await world.client.sessions.create({ id: 'one', agent: 'echo' });
    await world.client.sessions.create({ id: 'two', agent: 'echo' });
    const { result } = renderHook(
      () => ({ list: useSessionList({ limit: 1 }), missing: useSession('missing') }),
      around(world.client),
    );
    await waitFor(() => expect(result.current.list).toMatchObject({ isLoading: false, hasMore: true }));
    await result.current.list.loadMore();
    await waitFor(() => expect(result.current.list.items.map(({ id }) => id)).toEqual(['two', 'one']));
    await waitFor(() => expect(result.current.missing.status).toBe('not-found'));
    expect(result.current.missing.error).toMatchObject({ code: 'session-not-found' });
  });
});
