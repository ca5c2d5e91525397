import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { SessionKey, SessionQuery, SessionRecord } from '../session-store.ts';
import { hasSoundFloor } from '../sql/floor-sum.ts';
import type { Schema, SessionColumns } from '../sql/schema.ts';
import { toRecord } from '../sql/session-columns.ts';
import { SessionQueries } from '../sql/session-queries.ts';
import { storageDamaged } from '../sql/storage-damaged.ts';
import { keptText } from './kept-text.ts';
import type { OnDamage } from './log-reader.ts';
import { postgresPredicates } from './postgres-predicates.ts';
import type { ReadPool } from './read-pool.ts';
import type { ReaderStatements } from './reader-statements.ts';

export interface RecordReaderOptions {
  readonly pool: ReadPool;
  readonly statements: ReaderStatements;
  /** As it is called. */
  readonly schema: string;
  readonly onDamage: OnDamage;
}

/**
 * Reads the records of sessions: single ones by their names, lists as Kysely compiles them.
 *
 * D1. A record that is damaged is told so to who asks for it, and costs a list itself.
 */
export class RecordReader {
  readonly #pool: ReadPool;
  readonly #statements: ReaderStatements;
  readonly #queries: SessionQueries;
  readonly #onDamage: OnDamage;

  constructor({ pool, statements, schema, onDamage }: RecordReaderOptions) {
    this.#onDamage = onDamage;
    this.#pool = pool;
    this.#statements = statements;
    const db = new Kysely<Schema>({ dialect: compilingDialect }).withSchema(schema);
    this.#queries = new SessionQueries(db, postgresPredicates);
  }

  async find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    const values = [keptText(tenantId), keptText(id)];
    return this.#one({ ...this.#statements.find, values });
  }

  async get(key: SessionKey): Promise<SessionRecord | undefined> {
    return this.#one({ ...this.#statements.get, values: [key] });
  }

  list(query: SessionQuery): Promise<SessionRecord[]> {
    return this.#records(statementOf(this.#queries.list(query)));
  }

  async count(query: Omit<SessionQuery, 'limit' | 'after'>): Promise<number> {
    const [row] = await this.#pool.query<{ count: number }>(statementOf(this.#queries.count(query)));
    return row?.count ?? 0;
  }

  unsettled(after: SessionKey, limit: number): Promise<SessionRecord[]> {
    return this.#records(statementOf(this.#queries.unsettled(after, limit)));
  }

  async #one(statement: RecordStatement): Promise<SessionRecord | undefined> {
    const [row] = await this.#rows(statement);
    if (row === undefined) return undefined;
    if (!this.#isSound(row)) throw storageDamaged(); // D1
    return toRecord(row);
  }

  async #records(statement: RecordStatement): Promise<SessionRecord[]> {
    const rows = await this.#rows(statement);
    return rows.filter((row) => this.#isSound(row)).map(toRecord); // D1
  }

  #rows(statement: RecordStatement): Promise<SessionColumns[]> {
    return this.#pool.query<SessionColumns & Record<string, unknown>>(statement);
  }

  #isSound(row: SessionColumns): boolean {
    const isSound = hasSoundFloor(row);
    if (!isSound) this.#onDamage('session', row.id);
    return isSound;
  }
}

interface RecordStatement {
  readonly text: string;
  readonly values: unknown[];
}

function statementOf({ sql, parameters }: CompiledQuery) {
  return { text: sql, values: parameters.map(kept) };
}

function kept(value: unknown): unknown {
  if (typeof value === 'string') return keptText(value);
  return Array.isArray(value) ? value.map(kept) : value;
}

/** Compiles queries for PostgreSQL and runs none: that is done by the pool. */
const compilingDialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
};
