import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keepToken } from '../supervisor/keep-token.ts';
import { readOptions } from '../supervisor/read-options.ts';

it('makes a token of 256 bits once, for its owner alone', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'perdure-demo-'));
  const directory = join(parent, 'data');
  const token = await keepToken(directory);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, 'token'))).mode & 0o777).toBe(0o600);
  await chmod(join(directory, 'token'), 0o644);
  expect(await keepToken(directory)).toBe(token);
  expect((await stat(join(directory, 'token'))).mode & 0o777).toBe(0o600);
  expect((await readFile(join(directory, 'token'), 'utf8')).trim()).toBe(token);
  await writeFile(join(directory, 'token'), '\n');
  await expect(keepToken(directory)).rejects.toThrow('holds no token');
  await rm(parent, { recursive: true });
});

it('takes flags before the environment before defaults', () => {
  const env = { INIT_CWD: '/home/ann', PERDURE_PORT: '5000', PERDURE_DATA: 'kept' };
  expect(readOptions([], { INIT_CWD: '/home/ann' })).toEqual({ port: 4600, directory: '/home/ann/.perdure' });
  expect(readOptions([], env)).toEqual({ port: 5000, directory: '/home/ann/kept' });
  expect(readOptions(['--', '--port', '0', '--data', '/d'], env)).toEqual({ port: 0, directory: '/d' });
  expect(readOptions(['--port', 'many'], env)).toEqual({
    mistake: '--port must be a number from 0 to 65535, not "many".',
  });
  expect(readOptions(['--open'], env)).toMatchObject({ mistake: expect.stringContaining('--open') });
});
