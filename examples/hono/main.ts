// A Hono application that hosts agents under /agents: `node main.ts`, then open http://127.0.0.1:3000/hello
import type { Server } from 'node:http';
import { type HttpBindings, serve } from '@hono/node-server';
import { createAgentRuntime, functionAgent } from '@perdure/server';
import { Hono } from 'hono';

// Your login. Here a token names its user; most applications look up a cookie or check a JWT.
const users = new Map([['token-of-ada', { id: 'ada', name: 'Ada' }]]);

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

const app = new Hono<{ Bindings: HttpBindings }>();
app.get('/hello', (context) => context.text('This application hosts agents.'));
app.all('/agents/*', ({ req, env }) => runtime.fetch(req.raw, env));

await runtime.start();
const server = serve(
  { fetch: app.fetch, port: Number(process.env['PORT'] ?? 3000), hostname: '127.0.0.1' },
  ({ port }) => console.log(`listening on http://127.0.0.1:${port}`),
) as Server;
runtime.attach(server); // WebSockets under /agents; all others stay yours

process.once('SIGTERM', async () => {
  await runtime.shutdown(); // runs end in order, followers are told to come back
  server.close();
});
