import { expect, it } from 'vitest';
import { createDemoServer } from '../web/demo-server.ts';

it('keeps the token while the server is away, and knows none before it was there', async () => {
  let isAway = true;
  const server = createDemoServer(async () => {
    if (isAway) throw new TypeError('away');
    return Response.json({ token: 't', agents: ['echo'] });
  });
  await expect(server.page()).rejects.toThrow('away');
  isAway = false;
  expect((await server.page()).token).toBe('t');
  isAway = true;
  expect((await server.page()).token).toBe('t');
});

it('says so when the supervisor refuses to kill', async () => {
  const server = createDemoServer(async (input) =>
    input === '/demo/token' ? Response.json({ token: 't', agents: [] }) : new Response(null, { status: 502 }),
  );
  await expect(server.kill()).rejects.toThrow('502');
});
