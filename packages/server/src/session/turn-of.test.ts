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
  const reads = readsOf({
    history: async (conversationId) => {
      asked.push(conversationId);
      return [words];
    },
  });
  const turn = turnOf(session.state, run, messageId, reads);
  expect(turn).toMatchObject({
    ...{ runId: run.runId, attempt: 1, conversationId: 'main', agent: 'writer' },
    ...{ content: 'hello', text: 'hello', options: { model: 'm' } },
    message: { id: messageId, type: 'user_message' },
  });
  expect(asked).toEqual([]); // whoever does not ask for it does not pay for it
  expect(await turn?.history()).toEqual([words]);
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

test('[H11] the history begins with the completed blocks that people still see and the store no longer keeps', async () => {
  const { session, run, messageId } = await delivered();
  const [message] = session.state.conversations['main']?.blocks ?? [];
  const at = (seq: number, status: Block['status'] = 'complete'): Block => ({
    ...{ ...words, id: `b${seq}`, status, seq },
  });
  const blocks = [at(1), at(2, 'pending'), at(3), { ...words, id: 'of no place' }, at(5)];
  const main = { branchHead: null, blocks: [...blocks, ...(message ? [message] : [])], hasOlder: false };
  const state = { ...session.state, conversations: { main } };
  const historyOf = async (...kept: Block[]) => {
    const turn = turnOf(state, run, messageId, readsOf({ history: async () => kept }));
    return (await turn?.history())?.map(({ id }) => id);
  };
  expect(await historyOf(at(3), at(5))).toEqual(['b1', 'of no place', 'b3', 'b5']);
  expect(await historyOf({ ...words, id: 'kept of no place' })).toEqual(['kept of no place']);
  expect(await historyOf()).toEqual(['b1', 'b3', 'of no place', 'b5', messageId]);
});
