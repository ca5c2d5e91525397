import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What the compiler says about a project that uses the client. */
async function compile(project: string): Promise<string> {
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const run = promisify(execFile)(process.execPath, [tsc, '-p', `test/consumer/${project}`], { cwd: root });
  return run.then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

describe('a project that uses the client', () => {
  it('[F1] compiles when names and fields are right, and not when one of them is wrong', async () => {
    // Every wrong line is marked: the compiler complains about a mark without an error, too.
    expect(await compile('tsconfig.json')).toBe('');
  });

  it('[F1] is told of a wrong name where nothing is marked', async () => {
    expect(await compile('tsconfig.wrong.json')).toMatch(/wrong-use\.ts\(\d+,\d+\): error TS2367/);
  });

  it('[F11] needs no types of a browser', async () => {
    expect(await compile('tsconfig.no-dom.json')).toBe('');
  });
});
