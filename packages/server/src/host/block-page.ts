import type { Block, Page } from '@perdure/protocol';
import type { BlockQuery, SessionKey, SessionStore } from '../store/session-store.ts';
import { PAGE_BYTES } from './page-bytes.ts';

/** Blocks read at once: few at first, for each may have a megabyte, and more while they turn out to be small. */
const FIRST_BLOCKS = 8;
const MOST_BLOCKS = 64;

/** A page of completed blocks. It ends after `limit` of them, or with the one that makes it large. */
export async function readBlockPage(
  store: Pick<SessionStore, 'blocks'>,
  key: SessionKey,
  query: BlockQuery,
): Promise<Page<Block>> {
  const items: Block[] = [];
  let { from } = query;
  let bytes = 0;
  for (let atOnce = FIRST_BLOCKS; ; atOnce = Math.min(atOnce * 2, MOST_BLOCKS)) {
    const rows = await store.blocks(key, { ...query, from, limit: atOnce });
    for (const { block, firstSeq } of rows) {
      if (items.length === query.limit || bytes >= PAGE_BYTES)
        return { items, nextCursor: from === undefined ? null : String(from) };
      items.push(block);
      bytes += JSON.stringify(block).length;
      from = firstSeq;
    }
    if (rows.length < atOnce) return { items, nextCursor: null };
  }
}
