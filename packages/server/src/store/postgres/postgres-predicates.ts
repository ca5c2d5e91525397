import { sql } from 'kysely';
import type { DialectPredicates } from '../sql/session-queries.ts';

/** The predicates in PostgreSQL's words: `strpos` compares exactly, `LIKE` would not; JSON is compared as `jsonb`. */
export const postgresPredicates: DialectPredicates = {
  contains: (column, part) => sql`strpos(${sql.ref(column)}, ${part}) > 0`,
  jsonHas: (column, value) => sql`${safe(column)} @> ${inJsonb([value])}::jsonb`,
  jsonField: (column, key, value) => sql`${safe(column)} @> ${inJsonb({ [key]: value })}::jsonb`,
  isOneOf: (column, values) => sql`${sql.ref(column)} = ANY (${values}::text[])`,
};

/**
 * What `jsonb` has no characters for: the zero, halves of surrogate pairs, and the character that the escapes of these begin
 * with. In JSON text they are escapes themselves, and only where the backslash is not escaped.
 */
const ESCAPES = String.raw`(?<!\\)((?:\\\\)*)\\u(0000|001a|d[89a-f][0-9a-f]{2})`;
const everyEscape = new RegExp(ESCAPES, 'g');

/** JSON text of a column as `jsonb`. Text that a damaged disk has spoilt equals nothing: one such record never fails a list. */
const safe = (column: string) => sql`CASE WHEN ${sql.ref(column)} IS JSON
  THEN regexp_replace(${sql.ref(column)}, ${ESCAPES}, ${String.raw`\1\\u001a\2`}, 'g')::jsonb END`;

/** The same escapes in what is looked for. */
function inJsonb(value: unknown): string {
  return JSON.stringify(value).replace(everyEscape, '$1\\u001a$2');
}
