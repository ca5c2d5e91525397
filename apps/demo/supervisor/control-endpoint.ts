import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { holdsToken } from '../server/holds-token.ts';

export interface ControlEndpoint {
  readonly url: string;
  close(): void;
}

/** The answer goes through the very process that is to die: it gets this long to pass it on. */
const ANSWER_MS = 100;

/**
 * The supervisor's own door, on loopback and a port of the system's choice: `POST /kill` with the demo's token ends the
 * server's process. It works when the server hangs, too: its address stands in `<data>/supervisor.json`.
 */
export async function openControlEndpoint(token: string, kill: () => void): Promise<ControlEndpoint> {
  const server = createServer((request, response) => {
    const answer = (status: number) => response.writeHead(status, { 'content-length': 0 }).end();
    if (request.url !== '/kill') return answer(404);
    if (request.method !== 'POST') return answer(405);
    // A page of another site can send a request here, but not with this header.
    if (!holdsToken(request, token)) return answer(401);
    setTimeout(kill, ANSWER_MS);
    return answer(202);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
