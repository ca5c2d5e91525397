import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDemoRoutes } from '../server/demo-routes.ts';
import { type ControlEndpoint, openControlEndpoint } from '../supervisor/control-endpoint.ts';

const token = 'a-token-of-the-test';
const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function start() {
  let killed = () => {};
  const wasKilled = new Promise<void>((resolve) => {
    killed = resolve;
  });
  const control: ControlEndpoint = await openControlEndpoint(token, killed);
  const routes = createDemoRoutes({ token, agents: ['workbench', 'echo'], controlUrl: control.url });
  const server = createServer((request, response) => {
    if (!routes(request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server, control);
  const { port } = server.address() as AddressInfo;
  return { port, control, wasKilled };
}

/** Headers as they stand: `fetch` would not let a test write Host and Sec-Fetch-Site. */
function send(port: number, method: string, path: string, headers: Record<string, string | string[]>) {
  return new Promise<{ status: number; body: string; cache: string | undefined }>((resolve, reject) => {
    const outgoing = ask({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body, cache: response.headers['cache-control'] });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe("the demo's own routes", () => {
  it('hand the token to their own page, and keep it out of caches', async () => {
    const { port } = await start();
    const answer = await send(port, 'GET', '/demo/token', { 'sec-fetch-site': 'same-origin' });
    expect(answer).toMatchObject({ status: 200, cache: 'no-store' });
    expect(JSON.parse(answer.body)).toEqual({ token, agents: ['workbench', 'echo'] });
    const named = {
      host: `localhost:${port}`,
      'sec-fetch-site': 'same-origin',
      origin: `http://localhost:${port}`,
    };
    expect((await send(port, 'GET', '/demo/token', named)).status).toBe(200);
  });

  it.each<[string, (port: number) => Record<string, string | string[]>]>([
    ['a program that is no browser', () => ({})],
    ['a link in the address bar', () => ({ 'sec-fetch-site': 'none' })],
    ['a page of another site', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['a page on another port', () => ({ 'sec-fetch-site': 'same-site' })],
    ['a name that was rebound', (port) => ({ host: `evil.test:${port}`, 'sec-fetch-site': 'same-origin' })],
    ['another port in the host', () => ({ host: '127.0.0.1:1', 'sec-fetch-site': 'same-origin' })],
    ['an origin that is not ours', () => ({ 'sec-fetch-site': 'same-origin', origin: 'http://evil.test' })],
    ['an opaque origin', () => ({ 'sec-fetch-site': 'same-origin', origin: 'null' })],
    ['two answers of the browser', () => ({ 'sec-fetch-site': ['same-origin', 'cross-site'] })],
  ])('keep the token from %s', async (_who, headersFor) => {
    const { port } = await start();
    const answer = await send(port, 'GET', '/demo/token', headersFor(port));
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain(token);
  });

  it('kill the server for its page, with the token only', async () => {
    const { port, control, wasKilled } = await start();
    const own = { 'sec-fetch-site': 'same-origin', origin: `http://127.0.0.1:${port}` };
    expect((await send(port, 'POST', '/demo/kill', own)).status).toBe(401);
    const wrong = { ...own, authorization: 'Bearer wrong' };
    expect((await send(port, 'POST', '/demo/kill', wrong)).status).toBe(401);
    const right = { ...own, authorization: `Bearer ${token}` };
    expect((await send(port, 'GET', '/demo/kill', right)).status).toBe(405);
    expect((await send(port, 'POST', '/demo/kill', { authorization: `Bearer ${token}` })).status).toBe(403);
    expect((await send(port, 'POST', '/demo/kill', right)).status).toBe(202);
    await wasKilled;
    control.close();
    expect((await send(port, 'POST', '/demo/kill', right)).status).toBe(502);
  });

  it('are no other routes', async () => {
    const { port } = await start();
    for (const path of ['/', '/demo', '/demo/tokens', '/v1/hello']) {
      expect((await send(port, 'GET', path, { 'sec-fetch-site': 'same-origin' })).status).toBe(418);
    }
  });
});

describe("the supervisor's door", () => {
  it('opens for the token alone', async () => {
    const { control, wasKilled } = await start();
    const kill = (headers: Record<string, string>, method = 'POST') =>
      fetch(`${control.url}/kill`, { method, headers }).then(({ status }) => status);
    expect(await kill({})).toBe(401);
    expect(await kill({ authorization: 'Bearer ' })).toBe(401);
    expect(await kill({ authorization: `Bearer ${token}` }, 'GET')).toBe(405);
    expect((await fetch(`${control.url}/other`)).status).toBe(404);
    expect(await kill({ authorization: `Bearer ${token}` })).toBe(202);
    await wasKilled;
  });
});
