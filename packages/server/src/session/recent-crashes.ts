import type { SessionKey, SessionStore } from '../store/session-store.ts';
import { splitEvents } from './row-body.ts';

/** So long a crash counts: a server that is started again after each one takes seconds. */
export const CRASH_WINDOW_MS = 600_000;

/** How a start of an environment that the process did not survive is told from one that failed. */
export const CRASHED_STAGE = 'crash';

/** Ends of runs and of starts that are looked at to tell a crash loop. */
const RECENT_ENDS = 10;

/** What ended a run, or the start of an environment, together with its process. */
export interface Crash {
  readonly seq: number;
  readonly at: string;
}

/** The crashes that the log tells of since a time, as ISO text; oldest first. */
export async function recentCrashes(
  store: Pick<SessionStore, 'scan'>,
  key: SessionKey,
  since: string,
): Promise<readonly Crash[]> {
  const rows = await store.scan(key, {
    after: 0,
    order: 'desc',
    types: ['run:interrupted', 'environment:error'],
    audience: 'client',
    maxRows: RECENT_ENDS,
  });
  return rows
    .flatMap(({ body }) => (body === null ? [] : splitEvents(body)))
    .map((text) => JSON.parse(text) as Crash & { payload: { reason?: string; stage?: string } })
    .filter(
      ({ at, payload: { reason, stage } }) => at >= since && (reason === 'crash' || stage === CRASHED_STAGE),
    )
    .map(({ seq, at }) => ({ seq, at }))
    .reverse();
}
