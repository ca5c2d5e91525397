import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createPerdureClient, type PerdureClient, type PerdureClientOptions } from '@perdure/client';
import type { ErrorBody } from '@perdure/protocol';
import {
  type AgentRuntime,
  type AgentRuntimeOptions,
  createAgentRuntime,
  echoAgent,
  type SessionStore,
} from '@perdure/server';
import { temporaryDirectory } from './temporary-directory.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of an answer that is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test is about
  readonly body: any;
  /** Of an answer that is an error. */
  readonly error: ErrorBody | undefined;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunningServer extends AsyncDisposable {
  readonly runtime: AgentRuntime;
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Closed with the server. */
  client(options?: Partial<PerdureClientOptions>): PerdureClient;
  /** Asks over HTTP. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** What a query finds in the database file. */
  rows(sql: string, ...values: unknown[]): Record<string, unknown>[];
}

export interface ServerPlan extends Partial<AgentRuntimeOptions> {
  /** A store of one's own in the server's directory. */
  readonly storeIn?: (directory: string) => SessionStore;
  /** One that outlives the server. Default: a directory that is gone afterwards. */
  readonly directory?: string;
}

/** A server in this process, on a real port, with SQLite on disk. */
export async function runningServer(plan: ServerPlan = {}): Promise<RunningServer> {
  const { storeIn, directory: given, ...options } = plan;
  const directory = given === undefined ? temporaryDirectory() : undefined;
  const path = given ?? directory?.path ?? '';
  const clients: PerdureClient[] = [];
  const runtime = createAgentRuntime({
    agents: { echo: echoAgent() },
    store: storeIn?.(path) ?? { type: 'sqlite', directory: path },
    logger: 'silent',
    ...options,
  });
  const { url, port } = await runtime.listen({ port: 0 });
  return {
    runtime,
    url,
    port,
    directory: path,
    client: (clientOptions = {}) => {
      const client = createPerdureClient({ url, ...clientOptions });
      clients.push(client);
      return client;
    },
    ask: (method, path, request) => ask(`${url}${path}`, method, request),
    rows: (sql, ...values) => {
      const database = new Database(join(path, 'perdure.db'), { readonly: true });
      try {
        return database.prepare(sql).all(...values) as Record<string, unknown>[];
      } finally {
        database.close();
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.close();
      await runtime.shutdown({ deadlineMs: 3_000 });
      directory?.[Symbol.dispose]();
    },
  };
}

/** Asks a server; a `body` that is no text is sent as JSON. */
export async function ask(
  url: string,
  method: string,
  { body, token, headers = {} }: AskOptions = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const parsed = isJson && text !== '' ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, body: parsed, error: parsed?.error };
}
