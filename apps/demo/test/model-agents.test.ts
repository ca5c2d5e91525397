import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPerdureClient } from '@perdure/client';
import { createAgentRuntime } from '@perdure/server';
import { afterEach, expect, it } from 'vitest';
import { modelAgents } from '../server/model-agents.ts';

const endings: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A server that speaks as OpenAI's does, and says three words. */
async function startModel(): Promise<{ url: string; asked: { model: string; key: string | undefined }[] }> {
  const asked: { model: string; key: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ model: (JSON.parse(body) as { model: string }).model, key: request.headers.authorization });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (delta: object, finish_reason: string | null = null) => {
      const chunk = {
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta, finish_reason }],
      };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    };
    for (const content of ['to ', 'go ', 'on']) say({ content });
    say({}, 'stop');
    response.end('data: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

it('offers no model without a key, and one for each key', async () => {
  expect(await modelAgents({})).toEqual({});
  expect(await modelAgents({ OPENAI_API_KEY: '' })).toEqual({});
  expect(Object.keys(await modelAgents({ OPENAI_API_KEY: 'a', ANTHROPIC_API_KEY: 'b' }))).toEqual([
    'anthropic',
    'openai',
  ]);
});

it('streams what a model of one’s own says', async () => {
  const model = await startModel();
  const agents = await modelAgents({
    OPENAI_BASE_URL: model.url,
    OPENAI_MODEL: 'small',
    OPENAI_API_KEY: 'secret',
  });
  const runtime = createAgentRuntime({ store: { type: 'memory' }, agents, logger: 'error' });
  const client = createPerdureClient(runtime.as({ id: 'ann' }));
  endings.push(
    () => client.close(),
    () => runtime.shutdown({ deadlineMs: 3_000 }),
  );
  const { id } = await client.sessions.create({ agent: 'openai' });
  const session = client.session(id);
  const { runId = '' } = await session.submit('What is it to perdure?');
  expect(await session.run({ runId, wait: 20 })).toMatchObject({ status: 'completed' });
  const { items } = await session.blocks({ order: 'asc' });
  expect(items.map((block) => 'content' in block && block.content)).toEqual([
    'What is it to perdure?',
    'to go on',
  ]);
  expect(model.asked).toEqual([{ model: 'small', key: 'Bearer secret' }]);
});
