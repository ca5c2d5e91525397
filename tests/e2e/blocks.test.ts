import type { Block, BlockType } from '@perdure/client';
import { functionAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { runningServer } from './support/running-server.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

type Said = Parameters<Parameters<Parameters<typeof functionAgent>[0]>[1]['block']>[0];

/** One of every type, with what an agent can say of it. */
const blocks: { [T in BlockType]: Extract<Said, { type: T }> } = {
  user_message: {
    type: 'user_message',
    content: [
      { type: 'text', text: 'look' },
      { type: 'image', attachmentId: 'a1', name: 'a.png', mediaType: 'image/png', size: 3 },
      { type: 'file', attachmentId: 'a2', name: 'a.csv', mediaType: 'text/csv', size: 0 },
    ],
  },
  assistant_text: { type: 'assistant_text', content: 'good day, \u{1f600}\t"x"\n', model: 'small' },
  thinking: { type: 'thinking', content: 'hm', summary: 'thought', metadata: { shown: true } },
  tool_use: {
    type: 'tool_use',
    toolName: 'read',
    toolUseId: 'u1',
    input: { path: 'a.txt', lines: [1, null] },
    displayName: 'Read a file',
    description: 'Reads a.txt',
  },
  tool_result: {
    type: 'tool_result',
    toolUseId: 'u1',
    output: ['one', { two: 2 }],
    isError: false,
    durationMs: 1.5,
    renderOutputAsMarkdown: true,
  },
  system: { type: 'system', subtype: 'status', message: 'resumed' },
  subagent: {
    type: 'subagent',
    subagentId: 't1',
    toolUseId: 'u2',
    name: 'helper',
    input: 'find it',
    description: 'Searches',
    output: 'found',
    durationMs: 20,
  },
  error: { type: 'error', message: 'no credit', code: 'quota', status: 'error' },
  skill_load: { type: 'skill_load', skillName: 'tables', content: '# Tables' },
};

test('[C1] all nine types of block come from an agent through the log to a client, and from the store after a restart', async () => {
  const said = Object.values(blocks);
  const agent = functionAgent((_turn, session) => {
    for (const block of said) session.block(block);
  });
  using directory = temporaryDirectory();
  const asked: Block[] = [];
  const id = 'nine';
  {
    await using server = await runningServer({ agents: { agent }, directory: directory.path });
    const client = server.client();
    await client.sessions.create({ id });
    const session = client.session(id);
    session.subscribe(() => {});
    const { runId = '' } = await session.submit('go');
    await session.run({ runId, wait: 30 });
    const { state } = (await server.ask('GET', `/v1/sessions/${id}`)).body;
    const [message, ...answer]: Block[] = state.conversations.main.blocks;
    expect(message).toMatchObject({ type: 'user_message', content: 'go', status: 'complete' });
    expect(answer).toMatchObject(
      said.map((block) => ({ status: 'complete', runId, agent: 'agent', ...block })),
    );
    const parents = answer.map((block) => block.parentId);
    expect(parents).toEqual([message?.id, ...answer.slice(0, -1).map((block) => block.id)]);
    await expect.poll(() => session.getSnapshot().state, { timeout: 10_000 }).toEqual(state);
    asked.push(...state.conversations.main.blocks);
  }
  await using server = await runningServer({ agents: { agent }, directory: directory.path });
  const client = server.client();
  expect((await client.session(id).blocks({ order: 'asc' })).items).toEqual(asked);
  expect((await client.session(id).load()).conversations['main']?.blocks).toEqual(asked);
});
