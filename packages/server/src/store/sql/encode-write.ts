import type { Append, NewRow, NewSession } from '../session-store.ts';
import { changedColumns } from './session-columns.ts';
import type { AppendWrite, CreateWrite, EntryWrite, LogWrite } from './write.ts';

export function encodeAppend(append: Append): AppendWrite {
  const { key, epoch, claim, after, essential, floor, record } = append;
  return {
    kind: 'append',
    ...{ key, epoch, claim, after, essential, floor },
    columns: changedColumns(record),
    ...encodeLog(append),
  };
}

export function encodeCreate(session: NewSession): CreateWrite {
  const { tenantId, id, ownerId, parentId, createdAt, record } = session;
  const named = { tenant: tenantId, public_id: id, owner: ownerId };
  const columns = { ...named, parent: parentId ?? null, created_at: createdAt, ...changedColumns(record) };
  return { kind: 'create', columns: columns as CreateWrite['columns'], ...encodeLog(session) };
}

function encodeLog(log: Pick<Append, 'rows' | 'blocks' | 'runs' | 'command' | 'snapshot'>): LogWrite {
  const { rows, blocks, runs, command, snapshot } = log;
  return {
    entries: rows.map(encodeRow),
    bytes: rows.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
    blocks: blocks.map(({ conversationId, firstSeq, lastSeq, block }) => ({
      ...{ conversation: conversationId, firstSeq, lastSeq, body: JSON.stringify(block) },
    })),
    runs: runs.map((run) => ({ runId: run.runId, body: JSON.stringify(run) })),
    command: command && {
      principal: command.principalId,
      commandId: command.commandId,
      hash: command.hash,
      result: JSON.stringify(command.result),
    },
    snapshot: snapshot && { ...snapshot },
  };
}

function encodeRow({ after, through, type, audience, body }: NewRow): EntryWrite {
  return { after, through, type, audience: audience === 'server' ? 1 : 0, body };
}
