import { type Kysely, sql } from 'kysely';
import type { ColumnTypes, Migration } from '../migration.ts';

// biome-ignore lint/suspicious/noExplicitAny: a migration meets the tables of its own time.
type Db = Kysely<any>;

// Numbers that grow past 31 bits are `bigint`, for dialects where `integer` ends there.
export const initial: Migration = {
  version: 1,
  name: 'initial',
  async up(db, types) {
    await createCounters(db, types);
    await createSession(db, types);
    await createLog(db, types);
    await createProjections(db, types);
  },
};

async function createCounters(db: Db, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('counter')
    .addColumn('name', text, (column) => column.primaryKey().notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .execute();
  await db
    .insertInto('counter')
    .values([
      { name: 'session', value: 0 },
      { name: 'epoch', value: 0 },
    ])
    .execute();
  await db.schema
    .createTable('event_type')
    .addColumn('kind', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('name', text, (column) => column.notNull().unique())
    .execute();
  await db.insertInto('event_type').values({ kind: 0, name: 'block:delta' }).execute();
  await db.schema
    .createTable('probe')
    .addColumn('body', text, (column) => column.notNull())
    .execute();
}

async function createSession(db: Db, { text, key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('session')
    .addColumn('id', key, (column) => column.primaryKey().notNull())
    .addColumn('tenant', text, (column) => column.notNull())
    .addColumn('public_id', text)
    .addColumn('owner', text, (column) => column.notNull())
    .addColumn('parent', text)
    .addColumn('created_at', text, (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('head', 'bigint', (column) => column.notNull())
    .addColumn('log_bytes', 'bigint', (column) => column.notNull())
    .addColumn('title', text, (column) => column.notNull())
    .addColumn('title_folded', text, (column) => column.notNull())
    .addColumn('tags', text, (column) => column.notNull())
    .addColumn('metadata', text, (column) => column.notNull())
    .addColumn('agent', text, (column) => column.notNull())
    .addColumn('swarm', text)
    .addColumn('archived', 'integer', (column) => column.notNull())
    .addColumn('activity', text, (column) => column.notNull())
    .addColumn('open_requests', 'integer', (column) => column.notNull())
    .addColumn('last_text', text, (column) => column.notNull())
    .addColumn('last_text_folded', text, (column) => column.notNull())
    .addColumn('unsettled', 'integer', (column) => column.notNull())
    .addColumn('updated_at', text, (column) => column.notNull())
    .addUniqueConstraint('session_public_id', ['tenant', 'public_id'])
    .execute();
  await db.schema
    .createIndex('session_recency')
    .on('session')
    .columns(['tenant', 'updated_at', 'id'])
    .execute();
  await db.schema
    .createIndex('session_owner_recency')
    .on('session')
    .columns(['tenant', 'owner', 'updated_at', 'id'])
    .execute();
  // Recovery and the purge look for few among many.
  await db.schema
    .createIndex('session_unsettled')
    .on('session')
    .column('id')
    .where(sql.ref('unsettled'), '=', 1)
    .execute();
  await db.schema
    .createIndex('session_removed')
    .on('session')
    .column('id')
    .where(sql.ref('public_id'), 'is', null)
    .execute();
}

async function createLog(db: Db, { text, key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('claim')
    .addColumn('session', key, (column) => column.notNull())
    .addColumn('first', 'bigint', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('claim_place', ['session', 'first'])
    .execute();
  // In SQLite a table with such a key has a rowid besides: rows lie in the order of writing, whatever session they are
  // of, and only the small index is scattered. At 1,000 sessions that is five times as fast as rows that lie by session.
  await db.schema
    .createTable('entry')
    .addColumn('session', key, (column) => column.notNull())
    .addColumn('after', 'bigint', (column) => column.notNull())
    .addColumn('through', 'bigint', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'integer', (column) => column.notNull())
    .addColumn('audience', 'integer', (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('sum', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('entry_place', ['session', 'through'])
    .execute();
  // Most rows are deltas, and nobody looks for those.
  await db.schema
    .createIndex('entry_kind')
    .on('entry')
    .columns(['session', 'kind', 'through'])
    .where(sql.ref('kind'), '<>', 0)
    .execute();
}

async function createProjections(db: Db, { text, key }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('block')
    .addColumn('session', key, (column) => column.notNull())
    .addColumn('conversation', text, (column) => column.notNull())
    .addColumn('first_seq', 'bigint', (column) => column.notNull())
    .addColumn('last_seq', 'bigint', (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('sum', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('block_place', ['session', 'conversation', 'first_seq'])
    .execute();
  await db.schema
    .createTable('run')
    .addColumn('session', key, (column) => column.notNull())
    .addColumn('run_id', text, (column) => column.notNull())
    .addColumn('ord', 'integer', (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('sum', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_id', ['session', 'run_id'])
    .addUniqueConstraint('run_ord', ['session', 'ord'])
    .execute();
  await db.schema
    .createTable('command')
    .addColumn('session', key, (column) => column.notNull())
    .addColumn('principal', text, (column) => column.notNull())
    .addColumn('command_id', text, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .addColumn('result', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('command_id', ['session', 'principal', 'command_id'])
    .execute();
  await db.schema
    .createTable('snapshot')
    .addColumn('session', key, (column) => column.primaryKey().notNull())
    .addColumn('through', 'bigint', (column) => column.notNull())
    .addColumn('state_version', 'integer', (column) => column.notNull())
    .addColumn('body', text, (column) => column.notNull())
    .addColumn('sum', 'bigint', (column) => column.notNull())
    .execute();
}
