import type { Block } from '@perdure/protocol';
import { CRASHED_STAGE } from '../session/decide-recovery.ts';
import type { SessionReads } from '../session/session-reads.ts';
import { splitEvents } from '../session/row-body.ts';
import type { SessionKey, SessionStore } from '../store/session-store.ts';

/** Blocks an agent is given at most: what no model could read anyway stays in the log. */
const HISTORY_BLOCKS = 1_000;
const PAGE = 100;

/** Ends of runs and of starts that are looked at to tell a crash loop. */
const RECENT_ENDS = 10;

/** What a session looks up in its store. */
export function storeReads(store: SessionStore, key: SessionKey): SessionReads {
  return {
    command: (principalId, commandId) => store.command(key, principalId, commandId),
    run: (runId) => store.run(key, runId),
    history: (conversationId) => readHistory(store, key, conversationId),
    crashesSince: (at) => countCrashes(store, key, at),
  };
}

async function readHistory(
  store: SessionStore,
  key: SessionKey,
  conversationId: string,
): Promise<readonly Block[]> {
  const newestFirst: Block[] = [];
  let from: number | undefined;
  while (newestFirst.length < HISTORY_BLOCKS) {
    const rows = await store.blocks(key, { conversationId, order: 'desc', from, limit: PAGE });
    newestFirst.push(...rows.map((row) => row.block));
    if (rows.length < PAGE) break;
    from = rows.at(-1)?.firstSeq;
  }
  return newestFirst.reverse();
}

async function countCrashes(store: SessionStore, key: SessionKey, since: string): Promise<number> {
  const rows = await store.scan(key, {
    after: 0,
    order: 'desc',
    types: ['run:interrupted', 'environment:error'],
    audience: 'client',
    maxRows: RECENT_ENDS,
  });
  const events = rows.flatMap((row) => (row.body === null ? [] : splitEvents(row.body)));
  return events
    .map((text) => JSON.parse(text) as { at: string; payload: { reason?: string; stage?: string } })
    .filter(
      ({ at, payload: { reason, stage } }) => at >= since && (reason === 'crash' || stage === CRASHED_STAGE),
    ).length;
}
