import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { realServer } from './real-server.ts';

it('the program of the README prints what it says', async () => {
  await using server = await realServer();
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const program = /```ts run\n(import[\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const file = fileURLToPath(new URL('readme-program.ts', import.meta.url));
  writeFileSync(file, program);
  server.defer(() => rmSync(file));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@perdure/source', file], {
    env: { ...process.env, PERDURE_URL: server.url },
  });
  expect(stdout.split('\n')).toEqual(['Every word once.', expect.stringContaining('nope'), '']);
});
