import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const project = fileURLToPath(new URL('.', import.meta.url));

test('[Q8] an application that registers its names and shapes is held to them, from server to hook', async () => {
  // Every wrong line of the program is marked: the compiler complains about a mark without an error, too.
  const compiled = promisify(execFile)(process.execPath, [tsc, '-p', project]).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  );
  expect(await compiled).toBe('');
});
