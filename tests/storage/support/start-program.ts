import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A program of `programs`, in a process of its own, which ends when it is disposed of. */
export interface StartedProgram extends AsyncDisposable {
  readonly pid: number;
  /** Its output, line by line, to the end. */
  readonly lines: AsyncIterable<string>;
  /** What it said of errors so far. */
  stderr(): string;
  send(line: string): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
}

/** Runs from source. */
export function startProgram(name: string, ...args: readonly string[]): StartedProgram {
  const program = join(import.meta.dirname, '..', 'programs', `${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=@perdure/source', program, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined); // it may be gone before it reads
  const ended = once(child, 'close').then(([, signal]) => signal as NodeJS.Signals | null);
  return {
    pid: child.pid ?? 0,
    lines: createInterface(child.stdout),
    stderr: () => stderr,
    send: (line) => void child.stdin.write(`${line}\n`),
    signal: (name) => void child.kill(name),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
