import { isPerdureError } from '@perdure/protocol';
import type { Logger } from '../session/logger.ts';
import type { SessionRecord, SessionStore } from '../store/session-store.ts';
import type { LoadedSessions } from './loaded-sessions.ts';

/** Records read at once, and sessions loaded at once: enough to fill a group commit, few enough to leave room for callers. */
const PAGE = 100;
const CONCURRENCY = 16;

/** Loads every session whose record says that something in it is unfinished; loading recovers. One that fails costs itself. */
export async function recoverSessions({
  store,
  sessions,
  logger,
  signal,
}: {
  readonly store: SessionStore;
  readonly sessions: LoadedSessions;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  let after = 0;
  while (!signal.aborted) {
    const records = await store.unsettled(after, PAGE);
    const queue = [...records];
    const worker = async () => {
      for (let record = queue.shift(); record !== undefined && !signal.aborted; record = queue.shift()) {
        await recoverOne(sessions, record, logger);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    after = records.at(-1)?.key ?? after;
    if (records.length < PAGE) return;
  }
}

/** One that fails is logged: whoever asks for it next tries again. */
export async function recoverOne(
  sessions: LoadedSessions,
  record: SessionRecord,
  logger: Logger,
): Promise<void> {
  try {
    await sessions.load(record);
  } catch (error) {
    if (isPerdureError(error) && (error.code === 'shutting-down' || error.code === 'session-deleted')) return;
    logger.error({ err: error, sessionId: record.id }, 'a session could not be recovered');
  }
}
