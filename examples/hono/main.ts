// A Hono application that hosts agents under /agents: `node main.ts`, then open http://127.0.0.1:3000/hello
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { type HttpBindings, serve } from '@hono/node-server';
import { createAgentRuntime, functionAgent } from '@perdure/server';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';

// What was there before: a page, a login that hands out tokens, and a WebSocket.
const users = new Map<string, { id: string; name: string }>();
const app = new Hono<{ Bindings: HttpBindings }>();
app.get('/hello', (context) => context.text('This application hosts agents.'));
app.post('/login/:name', (context) => {
  const token = randomUUID();
  const name = context.req.param('name');
  users.set(token, { id: name, name });
  return context.text(token);
});
const server = serve(
  { fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
) as Server;
const news = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/news')
    news.handleUpgrade(request, socket, head, (client) => client.send('nothing new'));
});

// What Perdure adds. The first request opens its store; `runtime.start()` would do it earlier.
const runtime = createAgentRuntime({
  basePath: '/agents',
  store: { type: 'sqlite', directory: process.env['DATA'] ?? './.perdure' },
  authenticate: ({ credential }) => users.get(credential ?? '') ?? null,
  agents: {
    shout: functionAgent((turn, session) => {
      session.text(turn.text.toUpperCase());
    }),
  },
});
app.all('/agents/*', ({ req, env }) => runtime.fetch(req.raw, env));
runtime.attach(server); // WebSockets under /agents; all others stay yours

process.once('SIGTERM', async () => {
  await runtime.shutdown(); // runs end in order, followers are told to come back
  server.close();
});
