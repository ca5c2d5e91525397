import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './run-command.ts';

/** When a file that can change a test's outcome was last written (prose cannot), in milliseconds. */
export function newestSourceTime(): number {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const files = listed.split('\0').filter((file) => /\.(tsx?|jsx?|mjs|json|ya?ml|html|css)$/.test(file));
  return files.reduce((newest, file) => Math.max(newest, writtenAt(file)), 0);
}

function writtenAt(file: string): number {
  return statSync(join(repositoryRoot, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
