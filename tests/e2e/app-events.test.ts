import { functionAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { readLog } from './support/event-log.ts';
import { runningServer } from './support/running-server.ts';

test('[Q8][B1] an application’s events reach clients when its schema lets them, and fail the run when it does not', async () => {
  const agent = functionAgent((turn, session) => {
    session.event('chart:ready', turn.text === 'wrong' ? { url: 7 } : { url: '/a.png' });
  });
  await using server = await runningServer({
    agents: { writer: agent },
    data: { 'chart:ready': z.object({ url: z.string() }) },
  });
  const client = server.client();
  const { id } = await client.sessions.create();
  const session = client.session(id);
  const finished = async (words: string) => {
    const { runId = '' } = await session.submit(words);
    return session.run({ runId, wait: 30 });
  };
  expect(await finished('right')).toMatchObject({ status: 'completed' });
  expect(await finished('wrong')).toMatchObject({
    status: 'failed',
    error: { code: 'invalid-event', message: expect.stringContaining('chart:ready: data.url') },
  });
  const told = (await readLog(client, id)).filter((event) => event.type === 'app:event');
  expect(told.map((event) => event.payload)).toEqual([{ name: 'chart:ready', data: { url: '/a.png' } }]);
});
