import { createPerdureClient, type PerdureClient, type PerdureClientOptions } from '../src/index.ts';
import { type AgentRuntime, type AgentRuntimeOptions, createAgentRuntime, echoAgent } from '@perdure/server';
import { ChaosProxy, type ChaosProxyOptions } from './chaos-proxy.ts';

/** A real server on a real port behind a proxy that tests break; all ends with the scope. */
export async function realServer(
  options: Partial<AgentRuntimeOptions> = {},
  network: ChaosProxyOptions = {},
) {
  const ends: (() => unknown)[] = [];
  const proxy = await ChaosProxy.start(network);
  ends.push(() => proxy.close());
  const runtime: AgentRuntime = createAgentRuntime({
    store: { type: 'memory' },
    agents: { echo: echoAgent() },
    logger: 'silent',
    publicUrl: proxy.url,
    ...options,
  });
  ends.push(() => runtime.shutdown({ deadlineMs: 2_000 }));
  const { url: direct, port } = await runtime.listen({ port: 0 });
  proxy.port = port;
  const { url } = proxy;

  return {
    runtime,
    proxy,
    url,
    /** Past the proxy. */
    direct,
    /** A client of this server; closed with it. */
    client(clientOptions: Partial<PerdureClientOptions> = {}): PerdureClient {
      const client = createPerdureClient({ url, ...clientOptions });
      ends.push(() => client.close());
      return client;
    },
    /** Runs at the end, before the server ends. */
    defer: (end: () => unknown) => void ends.push(end),
    async [Symbol.asyncDispose]() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}
