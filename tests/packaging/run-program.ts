import { spawn } from 'node:child_process';
import type { ReadmeProgram } from './readme-programs.ts';

const patience = 60_000;

/**
 * Runs a program of a README. One that is to end must end well. One that is to print a line and go on is stopped with
 * SIGTERM then, and must end well or by that signal. The fault, if any, says what happened instead.
 */
export function runProgram(
  folder: string,
  node: string,
  { file, until }: ReadmeProgram,
  env: Readonly<Record<string, string>> = {},
) {
  return new Promise<{ file: string; fault: string | undefined }>((resolve) => {
    let output = '';
    let printed = until === undefined;
    const child = spawn(node, [file], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (printed || !output.includes(until ?? '')) return;
      printed = true;
      child.kill('SIGTERM');
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const isEndedWell = code === 0 || (until !== undefined && signal === 'SIGTERM');
      const fault =
        printed && isEndedWell ? undefined : `ended with ${signal ?? code}; it printed:\n${output}`;
      resolve({ file, fault });
    });
  });
}
