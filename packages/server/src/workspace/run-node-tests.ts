import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { killMarked, listProcesses } from './kill-marked.ts';
import type { Workspace } from './workspace.ts';
import { refused, segmentsOf } from './workspace-path.ts';

export interface NodeTestsOptions {
  readonly signal: AbortSignal;
  /** Default: 30 s, in which a test that people wait for is done. */
  readonly timeoutMs?: number | undefined;
  /** Default: 1 MiB, past which nobody reads and something loops. */
  readonly maxOutputBytes?: number | undefined;
}

export interface NodeTestsOutcome {
  /** `stopped`: killed at one of the limits. */
  readonly status: 'passed' | 'failed' | 'stopped';
  /** What it wrote, errors included. */
  readonly output: string;
  /** Why it was killed. */
  readonly stopped?: 'time' | 'output' | undefined;
  readonly durationMs: number;
}

/** Marks what descends from one call, whatever group or session it moves to. */
const MARK = 'WORKSPACE_PROCESS';

/**
 * Runs `node --test` on files of a workspace, with no shell and an environment that holds no secrets. The code can do
 * what the server's user can: agents that offer this have reach `host`.
 *
 * P1. When it settles, no process of it is left: neither in its group, nor (on Linux) one that left the group.
 * P2. It rejects only with the signal's reason, with a refused path, or when Node.js cannot be started.
 */
export async function runNodeTests(
  workspace: Workspace,
  files: readonly string[],
  { signal, timeoutMs = 30_000, maxOutputBytes = 1_048_576 }: NodeTestsOptions,
): Promise<NodeTestsOutcome> {
  const paths = files.map(argumentOf);
  if (paths.length === 0) throw refused('', 'it names no test file');
  const mark = randomBytes(16).toString('hex');
  const older = await listProcesses();
  signal.throwIfAborted();
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...paths], {
    cwd: workspace.directory,
    env: environmentOf(workspace, mark),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // its own process group, which can be killed as one
    windowsHide: true,
  });

  const chunks: Buffer[] = [];
  let bytes = 0;
  let stopped: NodeTestsOutcome['stopped'];
  const stop = (why: NodeTestsOutcome['stopped']) => {
    stopped ??= why;
    killGroup(child.pid);
  };
  const keep = (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, Math.max(0, maxOutputBytes - bytes)));
    bytes += chunk.length;
    if (bytes > maxOutputBytes) stop('output');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  const abort = () => killGroup(child.pid);
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => stop('time'), timeoutMs);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    killGroup(child.pid); // what it left running
    await killMarked(`${MARK}=${mark}`, older); // P1
    await closed(child.stdout, child.stderr);
    signal.throwIfAborted();
    const status = stopped === undefined ? (exitCode === 0 ? 'passed' : 'failed') : 'stopped';
    const output = Buffer.concat(chunks).toString();
    return { status, output, stopped, durationMs: performance.now() - startedAt };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    workspace.touched();
  }
}

/** With `./` in front, no name is taken for an option. */
function argumentOf(file: string): string {
  const segments = segmentsOf(file);
  if (segments.length === 0) throw refused(file, 'it names no test file');
  return `./${segments.join('/')}`;
}

/** Only what a program needs to find its way: no keys of providers, nothing of ours. */
function environmentOf({ directory }: Workspace, mark: string): NodeJS.ProcessEnv {
  const { PATH = '', LANG = 'C.UTF-8' } = process.env;
  return { PATH, LANG, HOME: directory, TERM: 'dumb', [MARK]: mark };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // nobody of it is there any more
  }
}

function closed(...streams: readonly NodeJS.ReadableStream[]): Promise<unknown> {
  return Promise.all(
    streams.map((stream) => (stream.readable ? new Promise((resolve) => stream.once('close', resolve)) : 0)),
  );
}
