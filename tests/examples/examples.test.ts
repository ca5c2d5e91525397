import { createPerdureClient, isPerdureError, MAIN_CONVERSATION } from '@perdure/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningExample, startExample } from './start-example.ts';

describe.each(['express', 'hono'])('the %s example', (name) => {
  let example: RunningExample;

  beforeAll(async () => {
    example = await startExample(name);
  });

  afterAll(() => example?.stop());

  it('serves its own pages and agents beside them', async () => {
    const response = await fetch(`${example.url}/hello`);
    expect(await response.text()).toBe('This application hosts agents.');
  });

  it('lets someone it knows talk to its agent, over a WebSocket', async () => {
    const client = createPerdureClient({ url: `${example.url}/agents`, token: 'token-of-ada' });
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
