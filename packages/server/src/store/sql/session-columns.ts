import type { JsonObject } from '@perdure/protocol';
import { foldText } from '../fold-text.ts';
import type { RecordColumns, SessionRecord } from '../session-store.ts';
import { jsonOr } from './json-or.ts';
import type { Flag, SessionColumns } from './schema.ts';

/** Columns of the session table that a patch of the record sets; a field that the patch lacks has none. */
export type ChangedColumns = Partial<SessionColumns>;

type Writers = {
  readonly [F in keyof RecordColumns]: (value: RecordColumns[F]) => ChangedColumns;
};

const writers: Writers = {
  title: (title) => ({ title, title_folded: foldText(title) }),
  tags: (tags) => ({ tags: JSON.stringify(tags) }),
  metadata: (metadata) => ({ metadata: JSON.stringify(metadata) }),
  agent: (agent) => ({ agent }),
  swarm: (swarm) => ({ swarm: swarm ?? null }),
  archived: (archived) => ({ archived: flag(archived) }),
  activity: (activity) => ({ activity }),
  openRequests: (openRequests) => ({ open_requests: openRequests }),
  lastText: (lastText) => ({ last_text: lastText, last_text_folded: foldText(lastText) }),
  unsettled: (unsettled) => ({ unsettled: flag(unsettled) }),
  updatedAt: (updatedAt) => ({ updated_at: updatedAt }),
};

const fields = Object.keys(writers) as (keyof RecordColumns)[];

/** What a patch of the record writes, always in the same order of columns. */
export function changedColumns(patch: Partial<RecordColumns>): ChangedColumns {
  const columns: ChangedColumns = {};
  for (const field of fields) if (Object.hasOwn(patch, field)) Object.assign(columns, written(patch, field));
  return columns;
}

function written<F extends keyof RecordColumns>(patch: Partial<RecordColumns>, field: F): ChangedColumns {
  return writers[field](patch[field] as RecordColumns[F]);
}

/** The record as it stands in its row. JSON that a damaged disk has spoilt reads as empty: a list never fails over it. */
export function toRecord(row: SessionColumns): SessionRecord {
  return {
    key: row.id,
    tenantId: row.tenant,
    id: row.public_id ?? '',
    ownerId: row.owner,
    parentId: row.parent ?? undefined,
    createdAt: row.created_at,
    epoch: row.epoch,
    head: row.head,
    floor: row.floor,
    logBytes: row.log_bytes,
    title: row.title,
    tags: jsonOr<readonly string[]>(row.tags, []),
    metadata: jsonOr<JsonObject>(row.metadata, {}),
    agent: row.agent,
    swarm: row.swarm ?? undefined,
    archived: row.archived === 1,
    activity: row.activity,
    openRequests: row.open_requests,
    lastText: row.last_text,
    unsettled: row.unsettled === 1,
    updatedAt: row.updated_at,
  };
}

const flag = (value: boolean): Flag => (value ? 1 : 0);
