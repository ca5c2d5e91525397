import type { Block } from '@perdure/protocol';
import { blockSays } from '../../../packages/server/src/store/block-says.ts';
import { foldText } from '../../../packages/server/src/store/fold-text.ts';
import type {
  BlockQuery,
  BlockRow,
  LogPage,
  LogRow,
  LogScan,
} from '../../../packages/server/src/store/session-store.ts';
import type { DiskSession } from './disk-image.ts';

export function readPage({ rows, columns }: DiskSession, after: number, maxBytes: number): LogPage {
  const page: LogRow[] = [];
  let bytes = 0;
  for (
    let index = firstAfter(rows, Math.max(after, columns.floor));
    index < rows.length && (page.length === 0 || bytes < maxBytes);
    index += 1
  ) {
    const row = rows[index] as LogRow;
    page.push(row);
    bytes += Buffer.byteLength(row.body ?? '');
  }
  return { rows: page, head: columns.head, floor: columns.floor };
}

export function scanRows({ rows, columns }: DiskSession, scan: LogScan): LogRow[] {
  const { after, before = Number.POSITIVE_INFINITY, order, types, audience, maxRows } = scan;
  const found = rows
    .slice(firstAfter(rows, Math.max(after, columns.floor)))
    .filter((row) => row.after < before && row.audience === audience && (types?.includes(row.type) ?? true));
  return (order === 'asc' ? found : found.reverse()).slice(0, maxRows);
}

export function readBlocks(session: DiskSession, query: BlockQuery): BlockRow[] {
  const { conversationId, order, from, text, limit } = query;
  const needle = foldText(text ?? '');
  const isAhead = (seq: number) => from === undefined || (order === 'asc' ? seq > from : seq < from);
  const found = session.blocks
    .filter(({ lastSeq }) => lastSeq > session.columns.floor)
    .filter((block) => block.conversation === conversationId && isAhead(block.firstSeq))
    .map(({ firstSeq, lastSeq, body }) => ({
      ...{ conversationId, firstSeq, lastSeq },
      block: JSON.parse(body) as Block,
    }))
    .filter(({ block }) => blockSays(block, needle))
    .sort((a, b) => a.firstSeq - b.firstSeq);
  return (order === 'asc' ? found : found.reverse()).slice(0, limit);
}

/** Run ids, the newest first, from the one after `before` on. */
export function runIds({ runs }: DiskSession, before: string | undefined, limit: number): string[] {
  const newestFirst = [...runs.keys()].reverse();
  const start = before === undefined ? 0 : newestFirst.indexOf(before) + 1;
  return before !== undefined && start === 0 ? [] : newestFirst.slice(start, start + limit);
}

/** Index of the first row with `through > after`. */
function firstAfter(rows: readonly LogRow[], after: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as LogRow).through > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
