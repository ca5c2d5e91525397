import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PerdureError } from '@perdure/protocol';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { perdure } from '../../test/perdure-process.ts';
import { testSocket } from '../../test/test-socket.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'perdure-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const at = (...names: string[]) => join(directory, ...names);
const serve = (...args: string[]) => perdure(['serve', '--port', '0', '--data', at('data'), ...args]);
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** A start that fails: exit 1, one sentence on stderr, nothing on stdout. */
async function refusal(args: readonly string[], options?: Parameters<typeof perdure>[1]): Promise<string> {
  await using server = perdure(args, options);
  const { code, stdout, stderr } = await server.exit;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return stderr.trimEnd();
}

describe('perdure serve', () => {
  it('[Q21] prints one line on stdout, hosts echo, and tells where it is in a file of its own', async () => {
    await using server = serve();
    const url = await server.url;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const file = JSON.parse(await readFile(at('data', 'server.json'), 'utf8'));
    expect(file).toMatchObject({ pid: server.child.pid, url });
    expect((await stat(at('data', 'server.json'))).mode & 0o777).toBe(0o600);
    const created = await post(`${url}/v1/sessions`, { message: 'hello' });
    expect(await created.json()).toMatchObject({ agent: 'echo' });
    server.child.kill('SIGTERM');
    const { code, stdout } = await server.exit;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `perdure listening on ${url}\n` });
    expect(existsSync(at('data', 'server.json'))).toBe(false);
  });

  it('[Q21] every flag has its variable, and the flag wins', async () => {
    await writeFile(at('token'), 'first-token\n\nsecond-token\n');
    const env = {
      PERDURE_PORT: '1',
      PERDURE_DATA: at('data'),
      PERDURE_TOKEN_FILE: at('token'),
      PERDURE_ORIGIN: 'https://a.example,https://b.example',
      PERDURE_PUBLIC_URL: 'https://agents.example',
      PERDURE_LOG_LEVEL: 'silent',
    };
    await using server = perdure(['serve', '--port', '0'], { env });
    const url = await server.url;
    const ask = (headers: Record<string, string>) =>
      fetch(`${url}/v1/sessions`, { headers }).then(({ status }) => status);
    expect(await ask({})).toBe(401);
    expect(await ask({ authorization: 'Bearer first-token' })).toBe(200);
    expect(await ask({ authorization: 'Bearer second-token' })).toBe(200);
    expect(await ask({ authorization: 'Bearer third-token' })).toBe(401);
    const allowed = await fetch(`${url}/v1/hello`, { headers: { origin: 'https://b.example' } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://b.example');
    expect((await fetch(`${url}/v1/hello`, { headers: { origin: 'https://c.example' } })).status).toBe(403);
  });

  it('[Q21] --token works and warns, for others read the process list', async () => {
    await using server = serve('--token', 'a-token');
    const url = await server.url;
    expect((await fetch(`${url}/v1/sessions`, { headers: { authorization: 'Bearer a-token' } })).status).toBe(
      200,
    );
    server.child.kill('SIGTERM');
    expect((await server.exit).stderr).toContain('--token-file');
  });

  it.each([
    [
      'ts',
      `import type {} from 'node:fs';\nconst port: number = 0;\nexport default { listen: { port }, logger: 'silent' };`,
    ],
    ['js', `export default { listen: { port: 0 }, logger: 'silent' };`],
    ['json', `{ "listen": { "port": 0 }, "logger": "silent" }`],
  ])('[Q21] a config in .%s is loaded', async (extension, text) => {
    const file = at(`perdure.config.${extension}`);
    await writeFile(file, text);
    await using server = perdure(['serve', '--config', file, '--data', at('data')]);
    expect(await server.url).toMatch(/^http/);
  });

  it('[Q21] a config that cannot be used is one sentence that names the field', async () => {
    await writeFile(at('perdure.config.json'), '{ "orgins": [] }');
    expect(await refusal(['serve', '--config', at('perdure.config.json')])).toBe(
      'perdure: orgins: there is no such option.',
    );
  });

  it('[Q21] --host 0.0.0.0 needs a token, and nothing is touched before there is one', async () => {
    const args = ['serve', '--host', '0.0.0.0', '--port', '0', '--data', at('data')];
    expect(await refusal(args)).toContain('--token-file');
    expect(existsSync(at('data'))).toBe(false);
    await writeFile(at('token'), 'a-token');
    await using server = serve('--host', '0.0.0.0', '--token-file', at('token'));
    expect(await server.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  });

  it('[Q21] a port and a data directory have one owner', async () => {
    await using server = serve();
    const { port } = new URL(await server.url);
    expect(await refusal(['serve', '--port', port, '--data', at('other')])).toContain(`Port ${port}`);
    expect(existsSync(at('other'))).toBe(false);
    expect(await refusal(['serve', '--port', '0', '--data', at('data')])).toContain('data');
  });

  it('[Q21] a database of a newer release is refused, unharmed', async () => {
    await mkdir(at('data'), { mode: 0o700 });
    const database = new Database(at('data', 'perdure.db'));
    database.exec('CREATE TABLE schema_version(version INTEGER); INSERT INTO schema_version VALUES (1000)');
    database.close();
    expect(await refusal(['serve', '--port', '0', '--data', at('data')])).toContain('version 1000');
  });

  it('[Q21] a database that another program holds is told of', async () => {
    await mkdir(at('data'), { mode: 0o700 });
    const database = new Database(at('data', 'perdure.db'));
    database.exec('BEGIN EXCLUSIVE');
    expect(await refusal(['serve', '--port', '0', '--data', at('data')])).toContain('locked');
    database.close();
  });

  it('[Q21] an old Node.js is told so in a sentence, before anything else loads', async () => {
    const old =
      'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})';
    expect(await refusal(['serve'], { nodeArgs: ['--import', old] })).toBe(
      'perdure needs Node.js 22.18 or newer; this is 20.19.0.',
    );
  });

  it('[N6] SIGHUP reads the token file again: sockets of a token that is gone close, the others stay', async () => {
    await writeFile(at('token'), 'old-token\nkept-token\n');
    await using server = serve('--token-file', at('token'));
    const url = await server.url;
    const open = (token: string) =>
      testSocket(`${url}/trpc`, { headers: { authorization: `Bearer ${token}` } });
    const hello = { id: 1, method: 'query', params: { path: 'meta.hello', input: {} } };
    using old = await open('old-token');
    using kept = await open('kept-token');
    for (const socket of [old, kept]) {
      socket.send(hello);
      await socket.message(({ id }) => id === 1);
    }
    await writeFile(at('token'), 'kept-token\nnew-token\n');
    server.child.kill('SIGHUP');
    expect(await old.closed).toEqual({ code: 4001, reason: 'unauthenticated' });
    kept.send({ ...hello, id: 2 });
    expect((await kept.message(({ id }) => id === 2)).result).toBeDefined();
    const status = (token: string) =>
      fetch(`${url}/v1/sessions`, { headers: { authorization: `Bearer ${token}` } }).then(
        (answer) => answer.status,
      );
    expect([await status('old-token'), await status('new-token')]).toEqual([401, 200]);
  });

  it('[A9] SIGTERM in the middle of a run: the run ends by an event that followers see, sockets close with 1012, exit 0', async () => {
    const log: unknown[] = [];
    {
      await using server = serve();
      const url = await server.url;
      await post(`${url}/v1/sessions`, {
        id: 'a',
        options: { delayMs: 20, repeat: 100_000 },
        message: 'tick',
      });
      using socket = await testSocket(`${url}/trpc`);
      socket.send({
        id: 1,
        method: 'subscription',
        params: { path: 'sessions.follow', input: { sessionId: 'a' } },
      });
      const stream = await fetch(`${url}/v1/sessions/a/events`, { headers: { accept: 'text/event-stream' } });
      const text = stream.text();
      await socket.message(({ result }) => JSON.stringify(result ?? '').includes('block:delta'));
      server.child.kill('SIGTERM');
      expect(await socket.closed).toEqual({ code: 1012, reason: 'restart' });
      expect(JSON.stringify(socket.messages)).toContain('"run:interrupted","payload":{"reason":"shutdown"}');
      expect(await text).toMatch(/^retry: \d+\n\n(.|\n)*run:interrupted(.|\n)*\n\n$/);
      const { code, signal } = await server.exit;
      expect({ code, signal }).toEqual({ code: 0, signal: null });
    }
    {
      await using server = serve();
      const url = await server.url;
      const page = await fetch(`${url}/v1/sessions/a/events?types=run:interrupted`);
      const { items } = (await page.json()) as { items: unknown[] };
      log.push(...items);
    }
    expect(log).toMatchObject([{ type: 'run:interrupted', payload: { reason: 'shutdown' } }]);
  });

  it('[A9] a second signal exits now', async () => {
    await using server = serve();
    const url = await server.url;
    await post(`${url}/v1/sessions`, { id: 'a', options: { delayMs: 20, repeat: 100_000 }, message: 'tick' });
    server.child.kill('SIGTERM');
    await expect
      .poll(() =>
        fetch(`${url}/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .not.toBe(200);
    server.child.kill('SIGTERM');
    expect((await server.exit).code).toBe(143);
  });

  it('[N2] what failed inside stands in the log under its errorId, with no secret and no URL', async () => {
    await writeFile(
      at('perdure.config.js'),
      `export default { authenticate: () => { throw new Error('db at postgres://me:hunter2@db'); } };`,
    );
    await using server = serve('--config', at('perdure.config.js'));
    const url = await server.url;
    const answer = await fetch(`${url}/v1/sessions?q=private-words`, {
      headers: { authorization: 'Bearer very-secret-token' },
    });
    const text = await answer.text();
    const { error } = JSON.parse(text) as { error: PerdureError };
    expect(text).not.toContain('postgres');
    server.child.kill('SIGTERM');
    const { stderr } = await server.exit;
    const line = stderr.split('\n').find((candidate) => candidate.includes(error.errorId ?? 'none'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 'error', path: 'sessions.list' });
    for (const secret of ['hunter2', 'very-secret-token', 'private-words'])
      expect(stderr).not.toContain(secret);
  });
});
