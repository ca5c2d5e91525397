import type Database from 'better-sqlite3';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

interface Index {
  readonly name: string;
  readonly unique: number;
  readonly partial: number;
}

/** The tables and indexes of a database by their names, each as what it is made of, in words that can be compared. */
export function tablesOf(db: Database.Database): Record<string, string> {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck();
  const columns = db.prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)');
  const indexes = db.prepare('SELECT name, "unique", partial FROM pragma_index_list(?)');
  const keys = db.prepare('SELECT name FROM pragma_index_info(?)').pluck();
  return Object.fromEntries(
    (tables.all() as string[]).flatMap((table) => [
      [table, (columns.all(table) as Column[]).map(wordsOfColumn).join(', ')],
      ...(indexes.all(table) as Index[]).map((index) => [
        index.name,
        wordsOfIndex(table, index, keys.all(index.name) as string[]),
      ]),
    ]),
  );
}

function wordsOfColumn({ name, type, notnull, pk }: Column): string {
  return `${name} ${type}${notnull === 0 ? '?' : ''}${pk === 0 ? '' : ` key ${pk}`}`;
}

function wordsOfIndex(table: string, { unique, partial }: Index, keys: readonly string[]): string {
  return `${unique === 1 ? 'unique ' : ''}${partial === 1 ? 'partial ' : ''}on ${table}: ${keys.join(', ')}`;
}
