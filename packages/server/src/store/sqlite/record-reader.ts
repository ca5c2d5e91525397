import type Database from 'better-sqlite3';
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SessionKey, SessionQuery, SessionRecord } from '../session-store.ts';
import type { Schema } from '../sql/schema.ts';
import { toRecord } from '../sql/session-columns.ts';
import { SessionQueries } from '../sql/session-queries.ts';
import type { ReaderStatements } from './reader-statements.ts';
import { sqlitePredicates } from './sqlite-predicates.ts';

/** Shapes of record queries that are kept prepared. Filters make some hundred at most. */
const PREPARED_QUERIES = 200;

/** Reads the records of sessions: single ones through prepared statements, lists as Kysely compiles them. */
export class RecordReader {
  readonly #db: Database.Database;
  readonly #statements: ReaderStatements;
  readonly #queries = new SessionQueries(new Kysely<Schema>({ dialect: compilingDialect }), sqlitePredicates);
  readonly #prepared = new Map<string, Database.Statement<unknown[]>>();

  constructor(db: Database.Database, statements: ReaderStatements) {
    this.#db = db;
    this.#statements = statements;
  }

  find(tenantId: string, id: string): SessionRecord | undefined {
    return this.#statements.find.all(tenantId, id).map(toRecord)[0];
  }

  get(key: SessionKey): SessionRecord | undefined {
    return this.#statements.get.all(key).map(toRecord)[0];
  }

  list(query: SessionQuery): SessionRecord[] {
    return this.#query(this.#queries.list(query)).map(toRecord);
  }

  count(query: Omit<SessionQuery, 'limit' | 'after'>): number {
    return this.#query(this.#queries.count(query))[0]?.count ?? 0;
  }

  unsettled(after: SessionKey, limit: number): SessionRecord[] {
    return this.#query(this.#queries.unsettled(after, limit)).map(toRecord);
  }

  #query<T>({ sql, parameters }: CompiledQuery<T>): T[] {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= PREPARED_QUERIES) this.#prepared.clear();
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement.all(...parameters) as T[];
  }
}

/** Compiles queries for SQLite and runs none: that is done here, with prepared statements. */
const compilingDialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
};
