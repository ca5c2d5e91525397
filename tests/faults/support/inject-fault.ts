import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface SystemFault {
  /** System calls that fail. */
  readonly calls: readonly string[];
  readonly error: 'EIO' | 'EROFS' | 'ENOSPC';
  /** Which of each thread's calls, in strace's words: `3` the third, `3+` it and all that follow. */
  readonly when: string;
  /** Only calls on these files. */
  readonly paths: readonly string[];
  /** Calls that are traced, and not made to fail. */
  readonly traced?: readonly string[] | undefined;
}

export interface Injection {
  /** Calls do what they did before. */
  relieve(): Promise<void>;
  /** What was traced so far: every call of the kinds, those that failed too. */
  trace(): string;
}

/** Makes system calls of a running process fail, in all of its threads. */
export async function injectFault(pid: number, fault: SystemFault, tracePath: string): Promise<Injection> {
  const { calls, error, when, paths, traced = [] } = fault;
  const names = calls.join(',');
  const files = paths.flatMap((path) => ['-P', path]);
  const filters = [
    '-y',
    '-e',
    `trace=${[...calls, ...traced].join(',')}`,
    '-e',
    `inject=${names}:error=${error}:when=${when}`,
  ];
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', tracePath, ...filters, ...files], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  let told = '';
  strace.stderr.setEncoding('utf8');
  strace.stderr.on('data', (text: string) => {
    told += text;
  });
  while (!told.includes('attached')) {
    const [code] = await Promise.race([once(strace.stderr, 'data').then(() => [undefined]), ended]);
    if (code !== undefined) throw new Error(`strace did not attach: ${told}`);
  }
  return {
    relieve: async () => {
      strace.kill('SIGINT'); // it lets go of the process
      await ended;
    },
    trace: () => readFileSync(tracePath, 'utf8'),
  };
}
