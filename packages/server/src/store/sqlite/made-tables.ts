/** What the migrations of this release make: a database with anything else in their place is damaged. A test compares. */
export const madeTables: { readonly version: number; readonly tables: Readonly<Record<string, string>> } = {
  version: 2,
  tables: {
    counter: 'name TEXT key 1, value bigint',
    sqlite_autoindex_counter_1: 'unique on counter: name',
    event_type: 'kind INTEGER key 1, name TEXT',
    sqlite_autoindex_event_type_1: 'unique on event_type: name',
    probe: 'body TEXT',
    session:
      'id INTEGER key 1, tenant TEXT, public_id TEXT?, owner TEXT, parent TEXT?, created_at TEXT, epoch bigint, head bigint, log_bytes bigint, title TEXT, title_folded TEXT, tags TEXT, metadata TEXT, agent TEXT, swarm TEXT?, archived INTEGER, activity TEXT, open_requests INTEGER, last_text TEXT, last_text_folded TEXT, unsettled INTEGER, updated_at TEXT, floor bigint, floor_sum bigint, unswept INTEGER',
    session_unswept: 'partial on session: id',
    session_removed: 'partial on session: id',
    session_unsettled: 'partial on session: id',
    session_owner_recency: 'on session: tenant, owner, updated_at, id',
    session_recency: 'on session: tenant, updated_at, id',
    sqlite_autoindex_session_1: 'unique on session: tenant, public_id',
    claim: 'session INTEGER key 1, first bigint key 2, epoch bigint',
    sqlite_autoindex_claim_1: 'unique on claim: session, first',
    entry:
      'session INTEGER key 1, after bigint, through bigint key 2, epoch bigint, kind INTEGER, audience INTEGER, body TEXT, sum bigint',
    entry_kind: 'partial on entry: session, kind, through',
    sqlite_autoindex_entry_1: 'unique on entry: session, through',
    block:
      'session INTEGER key 1, conversation TEXT key 2, first_seq bigint key 3, last_seq bigint, body TEXT, sum bigint',
    block_end: 'on block: session, last_seq',
    sqlite_autoindex_block_1: 'unique on block: session, conversation, first_seq',
    run: 'session INTEGER key 1, run_id TEXT key 2, ord INTEGER, body TEXT, sum bigint',
    sqlite_autoindex_run_2: 'unique on run: session, ord',
    sqlite_autoindex_run_1: 'unique on run: session, run_id',
    command: 'session INTEGER key 1, principal TEXT key 2, command_id TEXT key 3, hash TEXT, result TEXT',
    sqlite_autoindex_command_1: 'unique on command: session, principal, command_id',
    snapshot: 'session INTEGER key 1, through bigint, state_version INTEGER, body TEXT, sum bigint',
    schema_version: 'version INTEGER',
  },
};
