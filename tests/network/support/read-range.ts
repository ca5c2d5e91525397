import type { AnyEvent } from '@perdure/client';
import { namedClient, type Wire } from './named-client.ts';

export interface Range {
  readonly sessionId: string;
  /** A cursor. Default: the beginning. */
  readonly after?: string;
  /** Up to the event of this seq. */
  readonly until: number;
}

/** What a client of this name reads of a log, and the error that ended the reading if one did. */
export async function readRange(
  url: string,
  { name, wire }: { readonly name: string; readonly wire: Wire },
  { sessionId, after, until }: Range,
): Promise<{ readonly events: AnyEvent[]; readonly error?: unknown }> {
  const client = namedClient(url, name, wire);
  const events: AnyEvent[] = [];
  try {
    const from = after === undefined ? {} : { after: after as `${number}.${number}` };
    for await (const event of client.session(sessionId).events(from)) {
      events.push(event);
      if (event.seq >= until) break;
    }
    return { events };
  } catch (error) {
    return { events, error };
  } finally {
    client.close();
  }
}

/** Runs for all items, so many at one time. */
export async function forAll<T>(
  items: readonly T[],
  atOnce: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const workers = Array.from({ length: atOnce }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await run(item);
  });
  await Promise.all(workers);
}
