import { createPerdureClient, type PerdureClient } from '@perdure/client';

/** Compiles where there is no page: the client needs no types of a browser. */
export function connect(url: string): PerdureClient {
  return createPerdureClient({ url, fetch: globalThis.fetch, WebSocket: null });
}

export async function anyAgent(client: PerdureClient): Promise<string> {
  const { id } = await client.sessions.create({ agent: 'whatever', metadata: { any: ['json'] } });
  return id;
}
