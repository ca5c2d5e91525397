import type { AnyEvent } from '@perdure/client';
import { createPerdureClient, type PerdureClient, type PerdureClientOptions } from '@perdure/client';

/** Every event a client may see, read page by page over REST. */
export async function readLog(client: PerdureClient, sessionId: string): Promise<AnyEvent[]> {
  const session = client.session(sessionId);
  const events: AnyEvent[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page: Awaited<ReturnType<typeof session.eventPage>> = await session.eventPage({
      limit: 100,
      ...(cursor === undefined ? {} : { cursor }),
    });
    events.push(...page.items);
    cursor = page.nextCursor;
  }
  return events;
}

/** A client that writes down what it follows, in the order it came. */
export function startFollower(
  url: string,
  sessionId: string,
  options: Omit<PerdureClientOptions, 'url'> = {},
) {
  const client = createPerdureClient({ url, ...options });
  const left = new AbortController();
  const events: AnyEvent[] = [];
  const heard = new Set<() => void>();
  const reading = (async () => {
    for await (const event of client.session(sessionId).events({ signal: left.signal })) {
      events.push(event);
      for (const hear of heard) hear();
    }
  })();
  return {
    client,
    events,
    /** Resolves when an event that fits has come. */
    until: (fits: (event: AnyEvent) => boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        let seen = 0;
        const hear = () => {
          const isThere = events.slice(seen).some(fits);
          seen = events.length;
          if (!isThere) return;
          heard.delete(hear);
          resolve();
        };
        heard.add(hear);
        reading.catch(reject);
        hear();
      }),
    leave: async () => {
      left.abort();
      await reading.catch(() => undefined);
      client.close();
    },
  };
}
