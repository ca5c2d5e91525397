import type { Block } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { DecidedSession, readsOf } from '../testing/decided-session.ts';
import { turnOf } from './turn-of.ts';

const words: Block = { id: 'said', type: 'assistant_text', status: 'complete', content: 'yes' };

async function delivered() {
  const session = new DecidedSession();
  await session.command({ name: 'update', input: { options: { model: 'm' } } });
  const { runId } = await session.submit('hello');
  const run = session.run(runId);
  if (run === undefined) throw new Error('no run');
  return { session, run, messageId: session.state.conversations['main']?.blocks[0]?.id ?? '' };
}

test('an agent is given the message, whose run it is, the options as they are now, and the history', async () => {
  const { session, run, messageId } = await delivered();
  const asked: string[] = [];
  const kept = [words, ...(session.state.conversations['main']?.blocks ?? [])];
  const reads = readsOf({
    history: async (conversationId) => {
      asked.push(conversationId);
      return kept;
    },
  });
  const turn = turnOf(session.state, run, messageId, reads);
  expect(turn).toMatchObject({
    ...{ runId: run.runId, attempt: 1, conversationId: 'main', agent: 'writer' },
    ...{ content: 'hello', text: 'hello', options: { model: 'm' } },
    message: { id: messageId, type: 'user_message' },
  });
  expect(asked).toEqual([]); // whoever does not ask for it does not pay for it
  expect(await turn?.history()).toEqual(kept);
  expect(asked).toEqual(['main']);
});

test('the words of a message with images are its texts', async () => {
  const { session, run } = await delivered();
  const content = [
    { type: 'text', text: 'look:' },
    { type: 'image', attachmentId: 'a', name: 'a.png', mediaType: 'image/png', size: 7 },
    { type: 'text', text: 'why?' },
  ] as const;
  const message: Block = { id: 'seen', type: 'user_message', status: 'complete', content: [...content] };
  const main = { branchHead: null, blocks: [message], hasOlder: false };
  const state = { ...session.state, conversations: { main } };
  expect(turnOf(state, run, 'seen', readsOf({}))).toMatchObject({ text: 'look:\nwhy?', content });
});

test('there is no turn for a message that is not there, or is none', async () => {
  const { session, run } = await delivered();
  const main = { branchHead: null, blocks: [words], hasOlder: false };
  expect(turnOf(session.state, run, 'never', readsOf({}))).toBeUndefined();
  expect(turnOf({ ...session.state, conversations: { main } }, run, 'said', readsOf({}))).toBeUndefined();
  expect(turnOf({ ...session.state, conversations: {} }, run, 'said', readsOf({}))).toBeUndefined();
});

/** What an agent is given of blocks that its state shows, when the store keeps so many. */
async function historyOf(shown: readonly Block[], kept: readonly Block[]) {
  const { session, run, messageId } = await delivered();
  const message = session.state.conversations['main']?.blocks[0];
  if (message === undefined) throw new Error('no message');
  const last = { ...message, seq: 99 };
  const main = { branchHead: null, blocks: [...shown, last], hasOlder: false };
  const state = { ...session.state, conversations: { main } };
  const turn = turnOf(state, run, messageId, readsOf({ history: async () => [...kept, last] }));
  const history = await turn?.history();
  expect(history?.at(-1)).toBe(last);
  return history?.slice(0, -1).map(({ id }) => id);
}

const at = (seq: number, status: Block['status'] = 'complete'): Block => ({
  ...{ ...words, id: `b${seq}`, status, seq },
});

test('[H11] the history begins with the completed blocks that people still see and the store no longer keeps', async () => {
  const shown = [at(1), at(2, 'pending'), at(3), at(5)];
  expect(await historyOf(shown, [at(3), at(5)])).toEqual(['b1', 'b3', 'b5']);
  expect(await historyOf(shown, [])).toEqual(['b1', 'b3', 'b5']);
  expect(await historyOf([{ ...words, id: 'of no place' }, at(3)], [at(3)])).toEqual(['of no place', 'b3']);
});

test('[H11] the history has the blocks that ended below the floor while one was open that is kept', async () => {
  const tool = { ...at(1), content: 'as it is kept' };
  const shown = [at(1), at(2), at(3), at(4, 'pending'), at(7)];
  expect(await historyOf(shown, [tool, at(5), at(7)])).toEqual(['b1', 'b2', 'b3', 'b5', 'b7']);
  expect(await historyOf([at(6), at(7)], [tool, at(6), at(7)])).toEqual(['b1', 'b6', 'b7']);
});
