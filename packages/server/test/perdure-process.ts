import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PerdureProcess extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** The address of the ready line; rejects with what was said instead. */
  readonly url: Promise<string>;
  readonly exit: Promise<Exit>;
}

const bin = fileURLToPath(new URL('../src/bin/perdure.ts', import.meta.url));

/** The command itself, as a supervisor runs it. */
export function perdure(
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>;
    readonly nodeArgs?: readonly string[];
    readonly cwd?: string;
  } = {},
): PerdureProcess {
  const nodeArgs = ['--conditions=@perdure/source', ...(options.nodeArgs ?? [])];
  const child = spawn(process.execPath, [...nodeArgs, bin, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
  });
  let stdout = '';
  let stderr = '';
  const exit = new Promise<Exit>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      const found = /^perdure listening on (\S+)\n/.exec(stdout)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.stderr.on('data', (chunk) => {
      stderr += String(chunk);
    });
    child.on('close', () => reject(new Error(`perdure ended: ${stderr}`)));
  });
  url.catch(() => {}); // a test that waits for the exit does not ask for it
  return {
    child,
    url,
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
