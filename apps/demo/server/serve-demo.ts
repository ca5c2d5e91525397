import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAgentRuntime, echoAgent } from '@perdure/server';
import { workbenchAgent } from '../agent/workbench-agent.ts';
import { createDemoRoutes } from './demo-routes.ts';
import { modelAgents } from './model-agents.ts';
import type { ServerOptions } from './read-server-options.ts';

const pages = fileURLToPath(new URL('../dist', import.meta.url));

export interface DemoServer {
  readonly url: string;
  /** Lets runs end, tells clients to come back, closes the store. */
  close(): Promise<void>;
}

/** A runtime inside a server of the demo's own, which has two routes more: see demo-routes.ts. */
export async function serveDemo(options: ServerOptions): Promise<DemoServer> {
  const { port, directory, token, controlUrl, env } = options;
  if (!existsSync(`${pages}/index.html`)) throw new Error('The page is not built yet: run `pnpm build`.');
  const agents = {
    workbench: workbenchAgent({ directory: join(directory, 'workspaces') }),
    ...(await modelAgents(env)),
    echo: echoAgent(),
  };
  const runtime = createAgentRuntime({
    store: { type: 'sqlite', directory },
    agents,
    tokens: [token],
    pages: { directory: pages },
    logger: 'warn',
  });

  const routes = createDemoRoutes({ token, agents: Object.keys(agents), controlUrl });
  const server = createServer((request, response) => {
    if (!routes(request, response)) runtime.node(request, response);
  });
  runtime.attach(server);
  // The port first: a second demo on it is told so before it touches the data.
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(startError(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  try {
    await runtime.start();
  } catch (error) {
    server.close();
    server.closeAllConnections();
    throw error;
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeIdleConnections();
      await runtime.shutdown();
      server.closeAllConnections();
    },
  };
}

function startError(error: Error, port: number): Error {
  if (!('code' in error && error.code === 'EADDRINUSE')) return error;
  return new Error(
    `Port ${port} is in use. End what listens there, or choose another: pnpm demo --port 4601.`,
  );
}
