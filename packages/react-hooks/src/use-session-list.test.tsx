import { PerdureError, type ListInput, type Page, type SessionListItem } from '@perdure/client';
import { act } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { createStage } from '../test/stage.tsx';
import { useSessionList } from './use-session-list.ts';

const item = (id: string): SessionListItem => ({
  id,
  title: id,
  tags: [],
  metadata: {},
  agent: 'echo',
  ownerId: 'ann',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  head: 1,
  activity: 'idle',
  openRequests: 0,
  lastText: '',
  archived: false,
});

const page = (ids: string, nextCursor: string | null = null): Page<SessionListItem | null> => ({
  items: [...ids].map((id) => (id === '-' ? null : item(id))),
  nextCursor,
});

const idsOf = (items: readonly SessionListItem[]) => items.map(({ id }) => id).join('');

describe('useSessionList', () => {
  it('reads page after page, and each session once', async () => {
    const stage = createStage();
    const pages: Record<string, Page<SessionListItem | null>> = { '': page('ab', '2'), '2': page('b-c') };
    stage.client.answerList = async ({ cursor = '' }: ListInput) => pages[cursor] ?? page('');
    const { result } = stage.renderHook(() => useSessionList({ limit: 2, tag: 'x' }));
    expect(result.current).toMatchObject({ items: [], isLoading: true, hasMore: false });
    await stage.frame();
    expect(result.current).toMatchObject({ isLoading: false, hasMore: true });
    expect(idsOf(result.current.items)).toBe('ab');

    act(() => {
      void result.current.loadMore();
      void result.current.loadMore();
    });
    await stage.frame();
    expect(idsOf(result.current.items)).toBe('abc');
    expect(result.current.hasMore).toBe(false);
    await result.current.loadMore();
    expect(stage.client.listed).toEqual([
      { limit: 2, tag: 'x' },
      { limit: 2, tag: 'x', cursor: '2' },
    ]);
  });

  it('reads what it shows again, however many pages that are', async () => {
    const stage = createStage();
    let pages: Record<string, Page<SessionListItem | null>> = { '': page('ab', '2'), '2': page('cd', '4') };
    stage.client.answerList = async ({ cursor = '' }: ListInput) => pages[cursor] ?? page('');
    const { result } = stage.renderHook(() => useSessionList());
    await stage.frame();
    await act(() => result.current.loadMore());
    await stage.frame();
    pages = { '': page('xa', '2'), '2': page('bc', '4'), '4': page('d') };
    await act(() => result.current.refresh());
    await stage.frame();
    expect(idsOf(result.current.items)).toBe('xabc');
    expect(result.current.hasMore).toBe(true);
  });

  it('keeps what it has when reading fails, and says why', async () => {
    const stage = createStage();
    stage.client.answerList = async () => page('a');
    const { result } = stage.renderHook(() => useSessionList());
    await stage.frame();
    const error = new PerdureError('unreachable', 'No answer.');
    stage.client.answerList = () => Promise.reject(error);
    await act(() => result.current.refresh());
    await stage.frame();
    expect(result.current).toMatchObject({ isLoading: false, error, items: [{ id: 'a' }] });
    stage.client.answerList = () => Promise.reject(new TypeError('broken'));
    await act(() => result.current.refresh());
    await stage.frame();
    expect(result.current.error).toMatchObject({ code: 'internal', message: 'broken' });
    stage.client.answerList = async () => page('ab');
    await act(() => result.current.refresh());
    await stage.frame();
    expect(result.current).toMatchObject({ error: undefined, items: [{ id: 'a' }, { id: 'b' }] });
  });

  it('[F10] an answer to an older query is not shown for the newer, and is given up', async () => {
    const stage = createStage();
    const answers = new Map<string, (page: Page<SessionListItem | null>) => void>();
    const signals = new Map<string, AbortSignal | undefined>();
    stage.client.answerList = ({ q = '' }, signal) => {
      signals.set(q, signal);
      return new Promise((resolve) => answers.set(q, resolve));
    };
    const { result, rerender, unmount } = stage.renderHook(({ q }) => useSessionList({ q }), { q: 'old' });
    rerender({ q: 'new' });
    expect(signals.get('old')?.aborted).toBe(true);
    answers.get('old')?.(page('o'));
    await stage.frame();
    expect(result.current).toMatchObject({ items: [], isLoading: true });
    answers.get('new')?.(page('n'));
    await stage.frame();
    expect(idsOf(result.current.items)).toBe('n');
    act(() => void result.current.refresh());
    unmount();
    expect(signals.get('new')?.aborted).toBe(true);
  });

  it('[F4] the double mount of strict mode leaves one request under way', async () => {
    const stage = createStage({ strict: true });
    const asked: { signal: AbortSignal | undefined; answer: (page: Page<SessionListItem>) => void }[] = [];
    stage.client.answerList = (_input, signal) => new Promise((answer) => asked.push({ signal, answer }));
    const { result } = stage.renderHook(() => useSessionList());
    expect(asked.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    asked[1]?.answer({ items: [item('a')], nextCursor: null });
    await stage.frame();
    // What has been given up may be answered all the same.
    asked[0]?.answer({ items: [item('z')], nextCursor: null });
    await stage.frame();
    expect(idsOf(result.current.items)).toBe('a');
  });
});
