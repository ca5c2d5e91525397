// An Express application that hosts agents under /agents: `node main.ts`, then open http://127.0.0.1:3000/hello
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createAgentRuntime, functionAgent } from '@perdure/server';
import express from 'express';
import { WebSocketServer } from 'ws';

// What was there before: a page, a login that hands out tokens, and a WebSocket.
const users = new Map<string, { id: string; name: string }>();
const app = express();
app.get('/hello', (_request, response) => {
  response.send('This application hosts agents.');
});
app.post('/login/:name', ({ params }, response) => {
  const token = randomUUID();
  users.set(token, { id: params.name, name: params.name });
  response.send(token);
});
const server = createServer(app);
const news = new WebSocketServer({ noServer: true });
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/news')
    news.handleUpgrade(request, socket, head, (client) => client.send('nothing new'));
});

// What Perdure adds.
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
app.use('/agents', runtime.node);
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
