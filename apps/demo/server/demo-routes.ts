import type { IncomingMessage, ServerResponse } from 'node:http';
import { admitOwnPage } from './admit-own-page.ts';
import { holdsToken } from './holds-token.ts';

export interface DemoRoutes {
  readonly token: string;
  /** The agents a session can be made with. */
  readonly agents: readonly string[];
  /** The supervisor's door. */
  readonly controlUrl: string;
}

/** Answers what is the demo's alone, and nothing of the contract. False: the request is someone else's. */
export function createDemoRoutes({ token, agents, controlUrl }: DemoRoutes) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const [path] = (request.url ?? '').split('?');
    if (path !== '/demo/token' && path !== '/demo/kill') return false;
    void answer(path, request).then(
      ({ status, body }) => send(response, status, body),
      () => send(response, 502, { message: 'The supervisor does not answer.' }),
    );
    return true;
  };

  async function answer(path: string, request: IncomingMessage): Promise<{ status: number; body: object }> {
    if (!admitOwnPage(request)) {
      return { status: 403, body: { message: 'This is for the page of this server alone.' } };
    }
    const method = path === '/demo/token' ? 'GET' : 'POST';
    if (request.method !== method) return { status: 405, body: { message: `Use ${method}.` } };
    if (path === '/demo/token') return { status: 200, body: { token, agents } };
    if (!holdsToken(request, token))
      return { status: 401, body: { message: 'The token is missing or wrong.' } };
    const { status } = await fetch(`${controlUrl}/kill`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    return { status, body: {} };
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const headers = {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
