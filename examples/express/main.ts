// An Express application that hosts agents under /agents: `node main.ts`, then open http://127.0.0.1:3000/hello
import { createServer } from 'node:http';
import { createAgentRuntime, functionAgent } from '@perdure/server';
import express from 'express';

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

const app = express();
app.get('/hello', (_request, response) => {
  response.send('This application hosts agents.');
});
app.use('/agents', runtime.node);

const server = createServer(app);
runtime.attach(server); // WebSockets under /agents; all others stay yours
await runtime.start();
server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});

process.once('SIGTERM', async () => {
  await runtime.shutdown(); // runs end in order, followers are told to come back
  server.close();
});
