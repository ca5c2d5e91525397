import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { refusedUpgrade, testSocket } from '../../test/test-socket.ts';
import { createAgentRuntime } from '../agent-runtime.ts';
import type { AgentRuntimeOptions } from '../config/runtime-options.ts';
import { echoAgent } from '../environment/echo-agent.ts';

const hello = { id: 1, method: 'query', params: { path: 'meta.hello', input: {} } };

function runtimeOf(options: Partial<AgentRuntimeOptions> = {}) {
  const runtime = createAgentRuntime({
    agents: { echo: echoAgent() },
    store: { type: 'memory' },
    logger: 'silent',
    ...options,
  });
  return { runtime, [Symbol.asyncDispose]: () => runtime.shutdown({ deadlineMs: 2_200 }) };
}

async function listening(server: Server, host = '127.0.0.1') {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('inside a server of one’s own', () => {
  it('[Q13] its routes and sockets stay, ours are served under the base path, and nothing listens by itself', async () => {
    await using held = runtimeOf({ basePath: '/agents' });
    const { runtime } = held;
    const server = createServer((request, response) =>
      runtime.node(request, response, () => response.writeHead(200).end(`own ${request.url}`)),
    );
    const own = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/chat') own.handleUpgrade(request, socket, head, (ws) => ws.send('"own"'));
    });
    const detach = runtime.attach(server);
    await using place = await listening(server);

    const text = async (path: string) => (await fetch(`${place.url}${path}`)).text();
    expect(await text('/')).toBe('own /');
    expect(await text('/v1/hello')).toBe('own /v1/hello');
    expect(await text('/agentsx/v1/hello')).toBe('own /agentsx/v1/hello');
    expect(await text('/agents/v1/hello')).toContain('"protocol":[1]');
    expect(await text('/agents/elsewhere')).toBe('own /agents/elsewhere');

    using chat = await testSocket(`${place.url}/chat`);
    expect(await chat.message(() => true)).toBe('own');
    using socket = await testSocket(`${place.url}/agents/trpc`);
    socket.send(hello);
    expect((await socket.message(({ id }) => id === 1)).result).toBeDefined();
    detach();
    own.close();
  });

  it('[Q13] a framework that shortens the URL and has read the body serves us all the same', async () => {
    await using held = runtimeOf({ basePath: '/agents' });
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString();
      const url = request.url ?? '';
      Object.assign(request, {
        originalUrl: url,
        url: url.replace('/agents', ''),
        body: body === '' ? undefined : JSON.parse(body),
      });
      held.runtime.node(request, response);
    });
    await using place = await listening(server);
    const answer = await fetch(`${place.url}/agents/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"id":"a"}',
    });
    expect([answer.status, await answer.json()]).toMatchObject([201, { id: 'a' }]);
  });

  it('[Q13] an upgrade that nobody takes is ended where nobody else listens', async () => {
    await using held = runtimeOf();
    const server = createServer();
    held.runtime.attach(server);
    await using place = await listening(server);
    await expect(refusedUpgrade(`${place.url}/elsewhere`)).rejects.toThrow();
    using socket = await testSocket(`${place.url}/trpc`);
    socket.send(hello);
    await socket.message(({ id }) => id === 1);
  });

  it('[N4] without tokens or a login it answers nobody who did not come in by loopback', async () => {
    const { networkInterfaces } = await import('node:os');
    const address = Object.values(networkInterfaces())
      .flat()
      .find((found) => found?.family === 'IPv4' && !found.internal)?.address;
    await using held = runtimeOf();
    const inProcess = new Request('http://localhost/v1/hello');
    expect((await held.runtime.fetch(inProcess)).status).toBe(401);
    expect(
      (await held.runtime.fetch(inProcess, { incoming: { socket: { localAddress: '10.0.0.1' } } })).status,
    ).toBe(401);
    expect(
      (await held.runtime.fetch(inProcess, { incoming: { socket: { localAddress: '::ffff:127.0.0.1' } } }))
        .status,
    ).toBe(200);
    if (address === undefined) return;
    const server = createServer(held.runtime.node);
    held.runtime.attach(server);
    await using place = await listening(server, '0.0.0.0');
    expect((await fetch(`${place.url}/v1/hello`)).status).toBe(200);
    const outside = place.url.replace('127.0.0.1', address);
    const { port } = new URL(place.url);
    const headers = { Host: `localhost:${port}` };
    expect((await refusedUpgrade(`${outside}/trpc`, { headers })).status).toBe(401);
  });

  it('[Q13] the web-standard function stands behind the same gate', async () => {
    await using held = runtimeOf({ tokens: ['a-token'], publicUrl: 'https://agents.example' });
    const status = async (url: string, headers: Record<string, string> = {}) =>
      (await held.runtime.fetch(new Request(url, { headers }))).status;
    expect(await status('https://agents.example/v1/hello')).toBe(200);
    expect(await status('https://agents.example/v1/sessions')).toBe(401);
    expect(await status('https://agents.example/v1/sessions', { authorization: 'Bearer a-token' })).toBe(200);
    expect(await status('https://evil.example/v1/hello')).toBe(421);
    expect(await status('https://agents.example/v1/hello', { origin: 'https://evil.example' })).toBe(403);
    expect(await status('https://agents.example/v1/hello?token=a-token')).toBe(400);
  });
});

describe('in this process', () => {
  it('[Q24] a principal asks, commands and follows without a socket, as itself', async () => {
    await using held = runtimeOf({ authenticate: () => null });
    const ann = held.runtime.as({ id: 'ann', name: 'Ann' });
    const ask = async (who: typeof ann, path: string, init?: RequestInit) => {
      const response = await who.fetch(`${who.url}${path}`, {
        headers: { 'content-type': 'application/json' },
        ...init,
      });
      return [response.status, await response.json()] as const;
    };
    expect(await ask(ann, '/v1/hello')).toMatchObject([
      200,
      { principal: { id: 'ann', kind: 'user', name: 'Ann' } },
    ]);
    const body = JSON.stringify({ id: 'a', message: 'hello there' });
    expect(await ask(ann, '/v1/sessions', { method: 'POST', body })).toMatchObject([201, { ownerId: 'ann' }]);
    expect(await ask(held.runtime.as({ id: 'bob' }), '/v1/sessions/a')).toMatchObject([
      404,
      { error: { code: 'session-not-found' } },
    ]);

    const left = new AbortController();
    const stream = await ann.fetch(`${ann.url}/v1/sessions/a/events?from=beginning`, {
      headers: { accept: 'text/event-stream' },
      signal: left.signal,
    });
    let text = '';
    for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('run:completed')) break;
    }
    left.abort();
    expect(text).toContain('"principalId":"ann"');
  });
});
