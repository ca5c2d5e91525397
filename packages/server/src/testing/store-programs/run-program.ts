import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Program extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What it prints, line by line. */
  readonly lines: AsyncIterableIterator<string>;
  /** Resolves when it has ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

/** Runs a program of this folder in a process of its own, from source. */
export function runProgram(name: string, ...args: string[]): Program {
  const program = join(import.meta.dirname, `${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=@perdure/source', program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').then(([, signal]) => signal as NodeJS.Signals | null);
  return {
    process: child,
    lines: createInterface(child.stdout)[Symbol.asyncIterator]() as AsyncIterableIterator<string>,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
