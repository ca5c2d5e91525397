import type { Append, BlockRow, NewRow } from '../../../packages/server/src/store/session-store.ts';
import {
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../../packages/server/src/testing/session-store-samples.ts';
import { SESSION_LOG_BYTES, type WritePlan } from './history-step.ts';

/** Rows and projections of a plan, for a log that ends at `after`. */
export function writeOf(plan: WritePlan, after: number, hasGap: boolean) {
  const rows: NewRow[] = [];
  for (const [index, { type, span, audience, text, times }] of plan.rows.entries()) {
    const gap = hasGap && index === plan.rows.length - 1 ? 1 : 0;
    const place: number = (rows.at(-1)?.through ?? after) + gap;
    rows.push(
      sampleRow(place, { through: place + span, type, audience, body: JSON.stringify(text).repeat(times) }),
    );
  }
  const seqs = rows.map(({ through }) => through);
  const blocks = plan.blocks.slice(0, seqs.length).map(({ conversationId, text, name }, index): BlockRow => {
    const said = sampleBlock(seqs[index] ?? 0, text, conversationId);
    if (name === undefined) return said;
    const tool = {
      type: 'tool_use',
      id: 'b',
      status: 'complete',
      toolName: name,
      toolUseId: 't',
      input: { text },
    } as const;
    return { ...said, block: tool };
  });
  return {
    ...{ rows, blocks, columns: plan.columns, command: plan.command },
    runs: plan.runs.map(({ runId, agent }) => sampleRun(runId, { agent })),
    snapshot: plan.snapshot && {
      ...{ stateVersion: plan.snapshot.stateVersion, body: JSON.stringify(plan.snapshot.text) },
      through: rows.at(-1)?.through ?? after,
    },
  };
}

/** The append with a last row that fills the log to its bound, or as many bytes beyond it as are asked for. */
export function filled(append: Append, beyond: number | undefined, usedBytes: number): Append {
  const last = append.rows.at(-1);
  if (beyond === undefined || last === undefined) return append;
  const others = append.rows.slice(0, -1);
  const bytes = others.reduce((sum, { body }) => sum + Buffer.byteLength(body), usedBytes);
  const body = 'x'.repeat(Math.max(1, SESSION_LOG_BYTES + beyond - bytes));
  return { ...append, rows: [...others, { ...last, body }] };
}
