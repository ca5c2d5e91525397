import { sql } from 'kysely';
import type { DialectPredicates } from '../sql/session-queries.ts';

/** The predicates in SQLite's words: `instr` compares exactly, `LIKE` would not; JSON goes through the JSON functions. */
export const sqlitePredicates: DialectPredicates = {
  contains: (column, part) => sql`instr(${sql.ref(column)}, ${part}) > 0`,
  jsonHas: (column, value) =>
    sql`EXISTS (SELECT 1 FROM json_each(${safe(column)}) AS item WHERE item.type = 'text' AND item.value = ${value})`,
  jsonField: (column, key, value) =>
    sql`EXISTS (SELECT 1 FROM json_each(${safe(column)}) AS item
      WHERE item.key = ${key} AND item.type = 'text' AND item.value = ${value})`,
  isOneOf: (column, values) =>
    sql`${sql.ref(column)} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`,
};

/** Text that a damaged disk has spoilt counts as empty: one such record never fails a whole list. */
const safe = (column: string) => sql`iif(json_valid(${sql.ref(column)}), ${sql.ref(column)}, '[]')`;
