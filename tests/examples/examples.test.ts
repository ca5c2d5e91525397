import { createPerdureClient, isPerdureError, MAIN_CONVERSATION } from '@perdure/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningExample, startExample } from './start-example.ts';

describe.each(['express', 'hono'])('[Q13] the %s example', (name) => {
  let example: RunningExample;

  beforeAll(async () => {
    example = await startExample(name);
  });

  afterAll(() => example?.stop());

  const login = async () => (await fetch(`${example.url}/login/ada`, { method: 'POST' })).text();

  it('keeps the socket that it had', async () => {
    const socket = new WebSocket(`${example.url.replace('http', 'ws')}/news`);
    const said = await new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = resolve;
    });
    socket.close();
    expect(said).toBe('nothing new');
  });

  it('keeps the pages that it had', async () => {
    const response = await fetch(`${example.url}/hello`);
    expect(await response.text()).toBe('This application hosts agents.');
  });

  it('lets whoever logged in talk to its agent, over a WebSocket', async () => {
    const client = createPerdureClient({ url: `${example.url}/agents`, token: login });
    const { id } = await client.sessions.create({ agent: 'shout' });
    const session = client.session(id);
    const said = new Promise<string>((resolve) => {
      session.subscribe(() => {
        const blocks = session.getSnapshot().state?.conversations[MAIN_CONVERSATION]?.blocks ?? [];
        const answer = blocks.find((block) => block.type === 'assistant_text' && block.status === 'complete');
        if (answer?.type === 'assistant_text') resolve(answer.content);
      });
    });
    await session.submit('good morning');
    expect(await said).toBe('GOOD MORNING');
    expect(client.connection.get().transport).toBe('websocket');
    expect((await client.hello()).principal).toEqual({ id: 'ada', kind: 'user', name: 'ada' });
    client.close();
  });

  it('lets nobody in whom it does not know', async () => {
    const client = createPerdureClient({ url: `${example.url}/agents`, token: 'made-up' });
    const refusal = await client.sessions.create({ agent: 'shout' }).catch((error: unknown) => error);
    expect(isPerdureError(refusal, 'unauthenticated')).toBe(true);
    client.close();
  });

  it('stops in order', async () => {
    expect(await example.stop()).toBe(0);
  });
});
