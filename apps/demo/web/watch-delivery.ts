import type { ClientSession } from '@perdure/client';
import { type Delivery, DeliveryCount } from './delivery-count.ts';

/** How often the log is looked into while something is doubtful. */
const LOOK_MS = 2_000;

/**
 * Reads a session's log from its beginning by a stream of its own, and compares it with the pages of the log, until the
 * signal aborts. Tells the count after every change.
 */
export async function watchDelivery(
  session: ClientSession,
  tell: (delivery: Delivery) => void,
  signal: AbortSignal,
): Promise<void> {
  const count = new DeliveryCount();
  const look = createLook(session, count);
  const timer = setInterval(() => void look(signal).then(() => tell(count.get())), LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
  try {
    for await (const { seq } of session.events({ signal })) {
      if (signal.aborted) return;
      count.arrived(seq);
      tell(count.get());
    }
  } catch {
    // The session is gone, or the server refuses: the chat says so, and there is nothing to count any more.
    clearInterval(timer);
  }
}

/** Reads on in the pages of the log where the last look ended, and compares. */
export function createLook(session: Pick<ClientSession, 'eventPage' | 'getSnapshot'>, count: DeliveryCount) {
  let lastPage: string | undefined;
  let isLooking = false;

  return async (signal: AbortSignal): Promise<void> => {
    if (isLooking || !(count.isDoubtful || headOf(session) > count.last)) return;
    isLooking = true;
    const through = count.last;
    const inLog: number[] = [];
    try {
      let cursor = lastPage;
      for (;;) {
        const position = cursor === undefined ? {} : { cursor };
        const page = await session.eventPage({ ...position, order: 'asc', limit: 100, signal });
        inLog.push(...page.items.map(({ seq }) => seq));
        // The last page may grow: it is read again at the next look.
        lastPage = cursor;
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      count.compare(inLog, through);
    } catch {
      // Away, or restarting: the next look reads on.
    } finally {
      isLooking = false;
    }
  };
}

/** Where the state stands that another subscription brought. */
function headOf(session: Pick<ClientSession, 'getSnapshot'>): number {
  return Number(session.getSnapshot().cursor.split('.')[1]);
}
