import type { Block } from '@perdure/protocol';
import { recentCrashes } from '../session/recent-crashes.ts';
import type { SessionReads } from '../session/session-reads.ts';
import type { SessionKey, SessionStore } from '../store/session-store.ts';

/** Blocks an agent is given at most: what no model could read anyway stays in the log. */
const HISTORY_BLOCKS = 1_000;
const PAGE = 100;

/** What a session looks up in its store. */
export function storeReads(store: SessionStore, key: SessionKey): SessionReads {
  return {
    command: (principalId, commandId) => store.command(key, principalId, commandId),
    run: (runId) => store.run(key, runId),
    history: (conversationId) => readHistory(store, key, conversationId),
    crashesSince: async (at) => (await recentCrashes(store, key, at)).length,
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
