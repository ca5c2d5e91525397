import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawExchange, rawRequest } from '../../test/raw-exchange.ts';
import { runningServer } from '../../test/running-server.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'perdure-'));
  await mkdir(join(root, 'site', 'assets'), { recursive: true });
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(root, 'site', 'index.html'), '<p>page</p>');
  await writeFile(join(root, 'site', 'assets', 'index-0123abcd.js'), 'export {};');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('pages', () => {
  it('[Q21] are served with headers that let them load nothing else, and their routes get the page', async () => {
    await using server = await runningServer({ pages: { directory: join(root, 'site') } });
    for (const path of ['/', '/sessions/a', '/sessions/']) {
      const page = await server.ask('GET', path);
      expect([path, page.status, page.body]).toEqual([path, 200, '<p>page</p>']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
      expect(page.headers.get('referrer-policy')).toBe('no-referrer');
      expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(page.headers.get('cache-control')).toBe('no-cache');
    }
    const script = await server.ask('GET', '/assets/index-0123abcd.js');
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    expect((await server.ask('GET', '/assets/none.js')).status).toBe(404);
    expect((await server.ask('GET', '/v1/none')).error?.code).toBe('unknown-procedure');
  });

  it('[N8] nothing beside them can be reached', async () => {
    await using server = await runningServer({ pages: { directory: join(root, 'site') } });
    const { port } = server;
    for (const path of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/assets/../../secret.txt',
      '/.//secret.txt',
    ]) {
      const { body } = await rawExchange(port, rawRequest(`GET ${path}`, [`Host: 127.0.0.1:${port}`]));
      expect([path, body.includes('secret')]).toEqual([path, false]);
    }
  });
});
