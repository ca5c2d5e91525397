import { hasSoundFloor } from '../sql/floor-sum.ts';
import type { SessionColumns } from '../sql/schema.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Without these a session cannot be found, shown to whom it belongs, or read. */
const texts = ['tenant', 'owner', 'created_at', 'agent'] as const;
const counts = ['id', 'epoch', 'head'] as const;

/** What can be read with something else in its place, because events tell it too, or nothing depends on it. */
const replaceable = {
  title: '',
  title_folded: '',
  tags: '[]',
  metadata: '{}',
  last_text: '',
  last_text_folded: '',
  activity: 'idle',
  archived: 0,
  unsettled: 0,
  open_requests: 0,
  log_bytes: 0,
  unswept: 0,
} as const satisfies Partial<SessionColumns>;

const optionals = ['public_id', 'parent', 'swarm'] as const;

/**
 * A session's row as it can be used: SQLite gives a column back as whatever a damaged disk makes of it. `undefined`: so much
 * is damaged that it is no session.
 */
export function soundColumns(row: SessionColumns): SessionColumns | undefined {
  const isWhole =
    texts.every((name) => isText(row[name])) &&
    counts.every((name) => isCount(row[name])) &&
    optionals.every((name) => row[name] === null || isText(row[name])) &&
    hasSoundFloor(row);
  if (!isWhole) return undefined;
  const replaced = Object.entries(replaceable).filter(
    ([name, otherwise]) => !(isText(otherwise) ? isText : isCount)(row[name as keyof typeof replaceable]),
  );
  const updated = isText(row.updated_at) ? {} : { updated_at: row.created_at };
  return replaced.length === 0 && isText(row.updated_at)
    ? row
    : { ...row, ...Object.fromEntries(replaced), ...updated };
}
