import { type Block, emptySessionState, type Page } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { loadOlder } from './load-older.ts';
import { windowBlocks } from './older-pages.ts';
import { createSessionStore, type SessionStore } from './session-store.ts';

const block = (seq: number, status: Block['status'] = 'complete'): Block => ({
  ...{ id: `b${seq}`, type: 'assistant_text', status, content: 'x', seq },
});
const conversation = (...blocks: Block[]) => ({ branchHead: null, blocks, hasOlder: true });

/** A state of these blocks, and pages that come when the test gives them. */
function scenario(...blocks: Block[]) {
  const state = { ...emptySessionState('s1'), conversations: { main: conversation(...blocks) } };
  let store: SessionStore = { ...createSessionStore('s1'), state };
  const asked: { readonly cursor?: string | undefined; give(page: Page<Block>): void }[] = [];
  const load = (conversationId = 'main') =>
    loadOlder(
      {
        get: () => store,
        set: (next) => {
          store = next;
        },
        blocks: (input) =>
          new Promise((give) => {
            expect(input).toMatchObject({
              sessionId: 's1',
              conversationId: 'main',
              limit: 100,
              order: 'desc',
            });
            asked.push({ cursor: input.cursor, give });
          }),
      },
      conversationId,
      {},
    );
  const change = (changed: Partial<SessionStore>) => {
    store = { ...store, ...changed };
  };
  const seqs = () => store.state?.conversations['main']?.blocks.map(({ seq }) => seq);
  return { load, asked, change, seqs, state, store: () => store };
}

const page = (nextCursor: string | null, ...seqs: number[]): Page<Block> => ({
  items: seqs.map((seq) => block(seq)),
  nextCursor,
});

test('[F9] a page comes before what is there, in order, without what is known and what is newer', async () => {
  const { load, asked, seqs, store } = scenario(block(3, 'pending'), block(5), block(8));
  const loading = load();
  asked[0]?.give(page('next', 9, 8, 6, 5, 4, 2));
  expect(await loading).toBe(true);
  expect(seqs()).toEqual([2, 3, 4, 5, 8]);
  expect(store().older).toEqual({ main: { cursor: 'next', fetched: 2 } });
  expect(store().state?.conversations['main']?.hasOlder).toBe(true);
  const rest = load();
  expect(asked[1]?.cursor).toBe('next');
  asked[1]?.give(page(null, 1));
  expect(await rest).toBe(true);
  expect(store().older).toEqual({ main: { cursor: undefined, fetched: 3 } });
  expect(store().state?.conversations['main']?.hasOlder).toBe(false);
  expect(await load()).toBe(false);
});

test('[F9] a page of blocks that are all known is followed by the next one', async () => {
  const { load, asked, seqs } = scenario(block(5));
  const loading = load();
  asked[0]?.give(page('next', 5));
  await Promise.resolve();
  await Promise.resolve();
  asked[1]?.give(page(null, 4));
  expect(await loading).toBe(true);
  expect(seqs()).toEqual([4, 5]);
});

test('a page that was overtaken is dropped: by another page, a snapshot, or the end of what was known', async () => {
  const { load, asked, change, seqs, state } = scenario(block(5));
  const loading = load();
  change({ older: { main: { cursor: 'other', fetched: 1 } } });
  asked[0]?.give(page(null, 4));
  await Promise.resolve();
  await Promise.resolve();
  expect([seqs(), asked[1]?.cursor]).toEqual([[5], 'other']);
  change({ state: undefined });
  asked[1]?.give(page(null, 4));
  expect(await loading).toBe(false);

  const gone = scenario(block(5));
  const late = gone.load();
  gone.change({ state: { ...state, conversations: {} } });
  gone.asked[0]?.give(page(null, 4));
  expect(await late).toBe(false);
});

test('nothing is fetched for a conversation that is not there, or whole', async () => {
  const { load, asked, change } = scenario(block(5));
  expect(await load('side')).toBe(false);
  change({ state: undefined });
  expect(await load()).toBe(false);
  expect(asked).toEqual([]);
});

test('[F9] the window keeps what was fetched beside its own, and begins pages anew only where it cut', () => {
  const main = conversation(block(1), block(2), block(3));
  const side = conversation(block(4));
  const state = { ...emptySessionState('s1'), conversations: { main, side } };
  const older = { main: { cursor: 'm', fetched: 1 }, side: { cursor: 's', fetched: 0 } };
  expect(windowBlocks(state, older, 2)).toEqual({ state, older });
  const cut = windowBlocks(state, older, 1);
  expect(cut.state.conversations['main']?.blocks.map(({ seq }) => seq)).toEqual([2, 3]);
  expect(cut.older).toEqual({ main: { cursor: undefined, fetched: 1 }, side: { cursor: 's', fetched: 0 } });
  expect(windowBlocks(undefined, older, 1)).toEqual({ state: undefined, older });
});
