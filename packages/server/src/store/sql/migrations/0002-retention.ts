import { sql } from 'kysely';
import type { Migration } from '../migration.ts';

export const retention: Migration = {
  version: 2,
  name: 'retention',
  async up(db) {
    await db.schema
      .alterTable('session')
      .addColumn('floor', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('session')
      .addColumn('floor_sum', 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .alterTable('session')
      .addColumn('unswept', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    // A start looks for few among many.
    await db.schema
      .createIndex('session_unswept')
      .on('session')
      .column('id')
      .where(sql.ref('unswept'), '=', 1)
      .execute();
    // Blocks go by where they end, whatever conversation they are of.
    await db.schema.createIndex('block_end').on('block').columns(['session', 'last_seq']).execute();
  },
};
