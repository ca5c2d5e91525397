import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from 'kysely';
import type { SessionKey, SessionQuery, SessionRecord } from '../session-store.ts';
import type { Schema, SessionColumns } from '../sql/schema.ts';
import { toRecord } from '../sql/session-columns.ts';
import { SessionQueries } from '../sql/session-queries.ts';
import { keptText } from './kept-text.ts';
import { postgresPredicates } from './postgres-predicates.ts';
import type { ReadPool } from './read-pool.ts';
import type { ReaderStatements } from './reader-statements.ts';

export interface RecordReaderOptions {
  readonly pool: ReadPool;
  readonly statements: ReaderStatements;
  /** As it is called. */
  readonly schema: string;
}

/** Reads the records of sessions: single ones by their names, lists as Kysely compiles them. */
export class RecordReader {
  readonly #pool: ReadPool;
  readonly #statements: ReaderStatements;
  readonly #queries: SessionQueries;

  constructor({ pool, statements, schema }: RecordReaderOptions) {
    this.#pool = pool;
    this.#statements = statements;
    const db = new Kysely<Schema>({ dialect: compilingDialect }).withSchema(schema);
    this.#queries = new SessionQueries(db, postgresPredicates);
  }

  async find(tenantId: string, id: string): Promise<SessionRecord | undefined> {
    const values = [keptText(tenantId), keptText(id)];
    return (await this.#records({ ...this.#statements.find, values }))[0];
  }

  async get(key: SessionKey): Promise<SessionRecord | undefined> {
    return (await this.#records({ ...this.#statements.get, values: [key] }))[0];
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

  async #records(statement: { readonly text: string; readonly values: unknown[] }): Promise<SessionRecord[]> {
    const rows = await this.#pool.query<SessionColumns & Record<string, unknown>>(statement);
    return rows.map(toRecord);
  }
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
