import type { ErrorBody } from '@perdure/protocol';
import { createAgentRuntime } from '../src/agent-runtime.ts';
import type { AgentRuntimeOptions } from '../src/config/runtime-options.ts';
import { echoAgent } from '../src/environment/echo-agent.ts';
import type { AgentRuntime } from '../src/runtime-interface.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** JSON if the answer says so, else text. */
  readonly body: unknown;
  /** Of an answer that is an error. */
  readonly error: ErrorBody | undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly runtime: AgentRuntime;
  readonly url: string;
  readonly port: number;
  /** Asks over a real connection; a `body` that is no text is sent as JSON. */
  ask(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
}

/** A server on a free port of loopback, in memory unless told otherwise. */
export async function runningServer(options: Partial<AgentRuntimeOptions> = {}): Promise<RunningServer> {
  const runtime = createAgentRuntime({
    agents: { echo: echoAgent() },
    store: { type: 'memory' },
    logger: 'silent',
    ...options,
  });
  const { url, port } = await runtime.listen({ port: 0 });
  return {
    runtime,
    url,
    port,
    ask: (method, path, request) => ask(`${url}${path}`, method, request),
    [Symbol.asyncDispose]: () => runtime.shutdown({ deadlineMs: 2_200 }),
  };
}

async function ask(
  url: string,
  method: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') === true;
  const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed, error: errorOf(parsed) };
}

function errorOf(body: unknown): ErrorBody | undefined {
  return typeof body === 'object' && body !== null && 'error' in body ? (body.error as ErrorBody) : undefined;
}

/** Creates the session `a`. */
export async function withSession(server: RunningServer, token?: string): Promise<void> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { status } = await server.ask('POST', '/v1/sessions', { body: { id: 'a' }, headers });
  if (status !== 201) throw new Error(`The session was not created: ${status}.`);
}
