import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runningServer } from './support/running-server.ts';
import { codeOf, trpcSocket } from './support/trpc-socket.ts';

const badIds = [
  '..',
  '.hidden',
  '../../etc/passwd',
  '..%2f..%2fetc',
  'a/b',
  'a\\b',
  '/absolute',
  'C:\\x',
  'a b',
  'a\u0000b',
  'é',
  '',
  '-dash',
  'x'.repeat(65),
  "a'; DROP TABLE session; --",
  'con:',
];

test('[H12] an id outside the pattern is refused at create, names nothing elsewhere, and makes no path', async () => {
  await using server = await runningServer();
  await server.client().sessions.create({ id: 'good-one_1' });
  const filesBefore = readdirSync(server.directory).sort();
  const aroundBefore = readdirSync(join(server.directory, '..')).sort();
  using socket = await trpcSocket(server.url);
  for (const [index, id] of badIds.entries()) {
    const created = await server.ask('POST', '/v1/sessions', { body: { id } });
    expect([id, created.status, created.error?.code]).toEqual([id, 400, 'invalid-input']);
    const parent = await server.ask('POST', '/v1/sessions', { body: { parentId: id } });
    expect([id, parent.error?.code]).toEqual([id, 'invalid-input']);
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/events'],
      ['POST', '/messages', { content: 'x' }],
    ] as const) {
      const url = `/v1/sessions/${encodeURIComponent(id)}${path}`;
      const answer = await server.ask(method, url, body === undefined ? {} : { body });
      expect([method, id, answer.status]).toEqual([
        method,
        id,
        expect.toSatisfy((status) => status >= 400 && status < 500),
      ]);
      expect(answer.error?.code).toMatch(
        /^(session-not-found|invalid-input|unknown-procedure|method-not-allowed|invalid-target)$/,
      );
    }
    socket.follow(index + 1, { sessionId: id });
    const code = await socket.until((messages) => codeOf(messages, index + 1));
    expect([id, code]).toEqual([id, expect.stringMatching(/^(session-not-found|invalid-input)$/)]);
  }
  for (const id of badIds)
    await expect(server.runtime.host.loadSession(id)).rejects.toMatchObject({ code: 'session-not-found' });
  expect(readdirSync(server.directory).sort()).toEqual(filesBefore);
  const around = readdirSync(join(server.directory, '..')).filter((name) => badIds.includes(name));
  expect(around.filter((name) => !aroundBefore.includes(name))).toEqual([]);
  expect((await server.ask('GET', '/v1/sessions?count=true')).body.count).toBe(1);
});
