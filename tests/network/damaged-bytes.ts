import type { AnyEvent } from '@perdure/client';
import { isPerdureError } from '@perdure/protocol';
import { expect } from 'vitest';
import type { SeededRandom } from '../support/seeded-random.ts';
import { followTail } from './follow-tail.ts';
import type { Wire } from './support/named-client.ts';
import type { FaultyClient } from './support/planned-proxy.ts';

export interface DamageCounts {
  /** Followers with the log of the server, though a byte was damaged: nobody looks at it, or the connection was made anew. */
  readonly whole: number;
  /** Followers whose reading ended with an error that says so. */
  readonly refused: number;
  /** Followers with an event that reads otherwise: JSON that is still JSON, of which nothing tells that it was another. */
  readonly changed: number;
}

/** What a follower of the tail sends and hears, or a little less. */
const bytes: Record<Wire, { readonly down: number; readonly up: number }> = {
  websocket: { down: 3_000, up: 450 },
  stream: { down: 3_000, up: 250 },
};

/** So many clients, of whose connections bits of one byte each are flipped. */
export function damagedClients(random: SeededRandom, count: number): FaultyClient[] {
  return Array.from({ length: count }, (_none, number) => {
    const wire = number % 2 === 0 ? 'websocket' : 'stream';
    const way = number % 4 < 3 ? 'down' : 'up';
    const flip = { at: random.below(bytes[wire][way]), mask: 1 << random.below(8) };
    return { name: `${number} ${wire} ${way} ${flip.at} ${flip.mask}`, wire, faults: { [way]: { flip } } };
  });
}

const seqsOf = (events: readonly AnyEvent[]) => events.map(({ seq }) => seq);

/**
 * TCP's own checksum is weak, and a WebSocket over it has none. Whatever byte is damaged, no event is lost, comes twice or
 * in another order, nobody waits for ever and no program ends; but that a text reads otherwise is not noticed without TLS.
 */
export async function readDamaged(clients: readonly FaultyClient[]): Promise<DamageCounts> {
  let whole = 0;
  let refused = 0;
  let changed = 0;
  for (const { client, events, expected, error } of await followTail(clients)) {
    expect(seqsOf(events), client.name).toEqual(seqsOf(expected).slice(0, events.length));
    const others = events.filter((event, index) => JSON.stringify(event) !== JSON.stringify(expected[index]));
    expect(others.length, client.name).toBeLessThanOrEqual(1);
    if (error !== undefined) {
      expect(isPerdureError(error), `${client.name}: ${String(error)}`).toBe(true);
      refused += 1;
    } else {
      expect(events.length, client.name).toBe(expected.length);
      if (others.length === 0) whole += 1;
      else changed += 1;
    }
  }
  return { whole, refused, changed };
}
