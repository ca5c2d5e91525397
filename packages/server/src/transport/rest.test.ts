import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { rawExchange, rawRequest } from '../../test/raw-exchange.ts';
import { runningServer } from '../../test/running-server.ts';
import type { Logger } from '../session/logger.ts';

const host = (port: number) => `Host: 127.0.0.1:${port}`;
const json = 'Content-Type: application/json';

describe('REST', () => {
  it('[G9] the whole life of a session', async () => {
    await using server = await runningServer();
    const created = await server.ask('POST', '/v1/sessions', { body: { id: 'a', title: 'A' } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ id: 'a', title: 'A', created: true, agent: 'echo' });

    const again = await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: 'a', created: false });

    const submitted = await server.ask('POST', '/v1/sessions/a/messages', {
      body: { content: 'hello there' },
    });
    expect(submitted.status).toBe(202);
    const { runId } = submitted.body as { runId: string };
    const run = await server.ask('GET', `/v1/sessions/a/runs/${runId}?wait=10`);
    expect(run.body).toMatchObject({ runId, status: 'completed' });

    const blocks = await server.ask('GET', '/v1/sessions/a/blocks?order=asc');
    expect(blocks.body).toMatchObject({
      items: [{ type: 'user_message' }, { type: 'assistant_text', content: 'hello there' }],
    });
    const events = await server.ask('GET', '/v1/sessions/a/events?types=session:created&types=run:completed');
    expect(events.body).toMatchObject({ items: [{ type: 'session:created' }, { type: 'run:completed' }] });

    const updated = await server.ask('PATCH', '/v1/sessions/a', { body: { metadata: { team: 'x' } } });
    expect(updated.status).toBe(200);
    const found = await server.ask('GET', '/v1/sessions?metadata.team=x&limit=5&count=true&archived=false');
    expect(found.body).toMatchObject({ items: [{ id: 'a' }], nextCursor: null, count: 1 });
    expect((await server.ask('GET', '/v1/sessions?ids=a,b')).body).toMatchObject({
      items: [{ id: 'a' }, null],
    });

    const deleted = await server.ask('DELETE', '/v1/sessions/a');
    expect([deleted.status, deleted.body]).toEqual([204, '']);
    expect((await server.ask('GET', '/v1/sessions/a')).error?.code).toBe('session-not-found');
  });

  it('[N8] a body that breaks off is no fault of the server, and stands in no log as one', async () => {
    const logged: object[] = [];
    const none = () => {};
    const logger: Logger = {
      debug: none,
      info: none,
      warn: none,
      error: (fields) => logged.push(fields),
      child: () => logger,
    };
    await using server = await runningServer({ logger });
    for (const [path, length] of [
      ['/v1/sessions', 'Content-Length: 10'],
      ['/v1/sessions', 'Transfer-Encoding: chunked'],
      ['/trpc/sessions.create', 'Content-Length: 10'],
    ] as const) {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(
        `${[`POST ${path} HTTP/1.1`, host(server.port), json, length].join('\r\n')}\r\n\r\n2\r\n{`,
      );
      // The server has read it when it answers someone who came later.
      expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
      socket.resetAndDestroy();
    }
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
    expect(logged).toEqual([]);
  });

  it('[N8] a refusal is below 1 KiB, whatever was sent', async () => {
    await using server = await runningServer();
    const long = '\u0001'.repeat(40_000);
    for (const body of [
      { agent: long },
      { metadata: { [long]: { [long]: Number.POSITIVE_INFINITY } } },
      { tags: Array.from({ length: 5_000 }, () => [long.slice(0, 10)]) },
      Object.fromEntries(
        ['id', 'title', 'agent', 'swarm', 'template', 'parentId', 'tags'].map((name) => [name, 7]),
      ),
    ]) {
      const text = JSON.stringify(body).replaceAll('null', '1e999');
      const answer = await server.ask('POST', '/v1/sessions', { body: text });
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body).length).toBeLessThan(1_024);
    }
    const { error } = await server.ask('POST', '/v1/sessions', { body: { title: 7, tags: [7] } });
    expect(error?.details).toMatchObject({ issues: [{ field: 'title' }, { field: 'tags.0' }] });
  });

  it('[G2] the header Idempotency-Key stands for a commandId, and the same command is done once', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const say = () =>
      server.ask('POST', '/v1/sessions/a/messages', {
        body: { content: 'x' },
        headers: { 'idempotency-key': 'k1' },
      });
    const [first, second] = [await say(), await say()];
    expect(first.body).toMatchObject({ commandId: 'k1', duplicate: false });
    expect(second.body).toMatchObject({ commandId: 'k1', duplicate: true });
    const other = await server.ask('POST', '/v1/sessions/a/messages', {
      body: { content: 'y', commandId: 'k1' },
    });
    expect([other.status, other.error?.code]).toEqual([409, 'idempotency-mismatch']);
  });

  it.each([
    ['half a document', '{', 'malformed-json'],
    ['no document', 'hello', 'malformed-json'],
    ['a wrong type', '{"id":7}', 'invalid-input'],
    ['a wrong element', '{"tags":["a",7]}', 'invalid-input'],
    ['no object', '[]', 'invalid-input'],
    ['null', 'null', 'invalid-input'],
    ['an id that is a path', '{"id":"../etc"}', 'invalid-input'],
    ['an id that is too long', `{"id":"${'a'.repeat(65)}"}`, 'invalid-input'],
    ['33 levels', `{"metadata":${'{"a":'.repeat(32)}1${'}'.repeat(32)}}`, 'invalid-input'],
    ['100,000 levels', `{"metadata":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'invalid-input'],
    ['a key that poisons', '{"__proto__":{"id":7},"id":7}', 'invalid-input'],
  ])('[N8] a body of %s is answered 400, typed', async (_what, body, code) => {
    await using server = await runningServer();
    const answer = await server.ask('POST', '/v1/sessions', { body });
    expect([answer.status, answer.error?.code]).toEqual([400, code]);
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });

  it('[N8] 32 levels are taken', async () => {
    await using server = await runningServer();
    const body = `{"metadata":${'{"a":'.repeat(31)}1${'}'.repeat(31)}}`;
    expect((await server.ask('POST', '/v1/sessions', { body })).status).toBe(201);
  });

  it('[N8] what is wrong is said by the name of the field', async () => {
    await using server = await runningServer();
    const { error } = await server.ask('POST', '/v1/sessions', { body: { tags: ['a', 7] } });
    expect(error?.message).toContain('tags.1');
    expect(error?.details).toMatchObject({ issues: [{ field: 'tags.1' }] });
  });

  it('[G7] unknown routes and wrong methods', async () => {
    await using server = await runningServer();
    expect((await server.ask('GET', '/v1/nothing')).error?.code).toBe('unknown-procedure');
    expect((await server.ask('GET', '/nothing')).error?.code).toBe('unknown-procedure');
    expect((await server.ask('GET', '/v1/sessions/a/nothing')).status).toBe(404);
    const wrong = await server.ask('PUT', '/v1/sessions/a');
    expect([wrong.status, wrong.error?.code]).toEqual([405, 'method-not-allowed']);
    expect(wrong.headers.get('allow')?.split(', ').toSorted()).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH']);
    const head = await server.ask('HEAD', '/v1/hello');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('[H12] an id that is none is missing, and nothing is made of it', async () => {
    await using server = await runningServer();
    for (const id of ['..', '%2e%2e', 'a%2Fb', '%00', 'a'.repeat(200), '-a', 'é']) {
      const answer = await server.ask('GET', `/v1/sessions/${id}/blocks`);
      expect([id, answer.status]).toEqual([id, 404]);
    }
    const { port } = server;
    const raw = await rawExchange(port, rawRequest('GET /v1/sessions/../../etc/passwd', [host(port)]));
    expect(raw.status).toBe(404);
  });

  it('[E3] rubbish in Last-Event-ID and in cursors is refused as what it is', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const stream = (headers: Record<string, string>, query = '') =>
      server.ask('GET', `/v1/sessions/a/events${query}`, {
        headers: { accept: 'text/event-stream', ...headers },
      });
    for (const lastEventId of ['rubbish', '1', '1.2.3', '-1.2', '01.2', '9'.repeat(40)]) {
      const answer = await stream({ 'last-event-id': lastEventId });
      expect([lastEventId, answer.status, answer.error?.code]).toEqual([lastEventId, 400, 'invalid-cursor']);
    }
    expect((await stream({}, '?after=rubbish')).error?.code).toBe('invalid-cursor');
    expect((await stream({}, '?from=somewhere')).error?.code).toBe('invalid-input');
    expect((await server.ask('GET', '/v1/sessions/a/events?after=rubbish')).error?.code).toBe(
      'invalid-cursor',
    );
    expect((await server.ask('GET', '/v1/sessions?cursor=rubbish')).error?.code).toBe('invalid-cursor');
    const missing = await server.ask('GET', '/v1/sessions/b/events', {
      headers: { accept: 'text/event-stream' },
    });
    expect([missing.status, missing.error?.code]).toEqual([404, 'session-not-found']);
  });

  it('[N8] two Host lines, an absolute target and a target of two slashes are refused before routing', async () => {
    await using server = await runningServer();
    const { port } = server;
    const answers = await Promise.all([
      rawExchange(port, rawRequest('GET /v1/hello', [host(port), host(port)])),
      rawExchange(port, rawRequest('GET http://127.0.0.1/v1/hello', [host(port)])),
      rawExchange(port, rawRequest('GET //', [host(port)])),
      rawExchange(port, rawRequest('GET /v1/hello', ['Host: evil.example'])),
      rawExchange(port, rawRequest('GET /v1/hello', [host(port), 'Origin: https://evil.example'])),
      rawExchange(
        port,
        rawRequest('POST /v1/sessions', [host(port), 'Content-Type: text/plain', 'Content-Length: 2'], '{}'),
      ),
      rawExchange(port, rawRequest(`GET /${'a'.repeat(2_048)}`, [host(port)])),
      rawExchange(port, rawRequest('GET /v1/hello?token=x', [host(port)])),
      rawExchange(port, rawRequest('OPTIONS *', [host(port)])),
    ]);
    const codes = answers.map(({ status, body }) => [status, JSON.parse(body).error.code]);
    expect(codes).toEqual([
      [421, 'unknown-host'],
      [400, 'invalid-target'],
      [400, 'invalid-target'],
      [421, 'unknown-host'],
      [403, 'origin-refused'],
      [415, 'unsupported-media-type'],
      [414, 'target-too-long'],
      [400, 'credential-in-url'],
      [400, 'invalid-target'],
    ]);
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });

  it('[N8] what is no HTTP at all is answered and the server lives', async () => {
    await using server = await runningServer();
    const { port } = server;
    const rubbish = await rawExchange(port, 'hello\r\n\r\n');
    expect([rubbish.status, JSON.parse(rubbish.body).error.code]).toEqual([400, 'invalid-target']);
    const huge = await rawExchange(port, `GET / HTTP/1.1\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
    expect([huge.status, JSON.parse(huge.body).error.code]).toEqual([414, 'target-too-long']);
    const smuggled = await rawExchange(
      port,
      rawRequest(
        'POST /v1/sessions',
        [host(port), json, 'Content-Length: 2', 'Transfer-Encoding: chunked'],
        '{}',
      ),
    );
    expect(smuggled.status).toBe(400);
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
  });

  it('[N8] a body of exactly the limit is read, one byte more is 413', async () => {
    await using server = await runningServer({ limits: { bodyBytes: 1_000 } });
    const bodyOf = (bytes: number) => `{"title":"a"${' '.repeat(bytes - 13)}}`;
    expect((await server.ask('POST', '/v1/sessions', { body: bodyOf(1_000) })).status).toBe(201);
    const over = await server.ask('POST', '/v1/sessions', { body: bodyOf(1_001) });
    expect([over.status, over.error?.code]).toEqual([413, 'payload-too-large']);
    const stream = new Blob([bodyOf(1_001)]).stream();
    const chunked = await fetch(`${server.url}/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it('[G9] the OpenAPI document is served under the base path', async () => {
    await using server = await runningServer({ basePath: '/agents' });
    const { status, body } = await server.ask('GET', '/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/agents' }] });
    expect((await server.ask('GET', '/v1/hello')).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${server.port}/v1/hello`)).status).toBe(404);
  });
});
