import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(import.meta.resolve('@perdure/server/package.json')).replace(
  'package.json',
  'src/bin/perdure.ts',
);

export interface ServerOptions {
  /** None: the config file says where the data are. */
  readonly directory?: string | undefined;
  /** A file that `perdure serve --config` reads. */
  readonly config?: string | undefined;
  /** 0 takes any free port. */
  readonly port?: number | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** The `perdure` command as a process of its own, from source. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Sends a signal; the promise resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts a server and resolves when it says that it listens. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { child, stdout, stderr, exited } = run(options);
  const line = await Promise.race([readyLine(child, stdout), exited.then(() => undefined)]);
  const url = line?.match(/^perdure listening on (\S+)$/m)?.[1];
  if (url === undefined) throw new Error(`The server did not start:\n${stdout()}${stderr()}`);
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal);
    return exited;
  };
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    stdout,
    stderr,
    kill,
    exited,
    [Symbol.asyncDispose]: async () => {
      await kill('SIGKILL');
    },
  };
}

/** Runs a server that is expected to refuse: its exit and what it said. */
export async function runServer(
  options: ServerOptions,
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const { stdout, stderr, exited } = run(options);
  const exit = await exited;
  return { ...exit, stdout: stdout(), stderr: stderr() };
}

function run({ directory, config, port = 0, args = [], env = {} }: ServerOptions) {
  const configArgs = config === undefined ? [] : ['--config', config];
  const dataArgs = directory === undefined ? [] : ['--data', directory];
  const flags = ['serve', '--port', String(port), ...dataArgs, ...configArgs, ...args];
  const child = spawn(process.execPath, ['--conditions=@perdure/source', bin, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }));
  return { child, stdout, stderr, exited };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function readyLine(child: ChildProcess, stdout: () => string): Promise<string> {
  while (!stdout().includes('\n')) await once(child.stdout ?? child, 'data');
  return stdout();
}
