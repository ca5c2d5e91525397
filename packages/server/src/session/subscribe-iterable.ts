import type { EventType, SessionEvent } from '@perdure/protocol';
import type { SessionEventBus } from './session-event-bus.ts';

/** Events held for an iterator that is slow; past this it ends with an error, and its owner reads on from the log. */
const BUFFER = 10_000;

/** The committed events of the given types as an async iterable that ends with the signal, or with the bus. */
export async function* subscribeIterable<K extends EventType>(
  bus: SessionEventBus,
  types: readonly K[] | undefined,
  signal: AbortSignal,
): AsyncGenerator<SessionEvent<K>, void> {
  const buffer: SessionEvent<K>[] = [];
  let wake: (() => void) | undefined;
  let overflow = false;
  const rouse = () => wake?.();
  using _subscription = bus.subscribe('committed', types, (event) => {
    overflow ||= buffer.length >= BUFFER;
    if (!overflow) buffer.push(event as SessionEvent<K>);
    rouse();
  });
  signal.addEventListener('abort', rouse, { once: true });
  bus.destroyed.addEventListener('abort', rouse, { once: true });
  try {
    while (!signal.aborted) {
      const event = buffer.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      if (overflow) throw new RangeError(`A listener fell ${BUFFER} events behind; read on from the log.`);
      if (bus.destroyed.aborted) return; // what came before is said by now
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', rouse);
    bus.destroyed.removeEventListener('abort', rouse);
  }
}
