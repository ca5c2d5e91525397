import type Database from 'better-sqlite3';
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { byRecency, matchesQuery } from '../matches-query.ts';
import type { SessionKey, SessionQuery, SessionRecord } from '../session-store.ts';
import type { Schema, SessionColumns } from '../sql/schema.ts';
import { toRecord } from '../sql/session-columns.ts';
import { SessionQueries } from '../sql/session-queries.ts';
import { storageDamaged } from '../sql/storage-damaged.ts';
import type { EntryReader } from './entry-reader.ts';
import type { ReadFaults } from './read-faults.ts';
import type { ReaderStatements } from './reader-statements.ts';
import { salvage } from './salvage.ts';
import { soundColumns } from './sound-columns.ts';
import { sqlitePredicates } from './sqlite-predicates.ts';

/** Shapes of record queries that are kept prepared. Filters make some hundred at most. */
const PREPARED_QUERIES = 200;

/**
 * Reads the records of sessions: single ones through prepared statements, lists as Kysely compiles them.
 *
 * D1. A record that is damaged is told so to who asks for it, and costs a list itself.
 * D2. A record is of the session that was asked for, whatever an index leads to. One that an index knows is not said to be
 *     absent where its table lacks it.
 * D3. A record and the end of its log are of one moment: an append between the two would look like damage.
 */
export class RecordReader {
  readonly #db: Database.Database;
  readonly #statements: ReaderStatements;
  readonly #faults: ReadFaults;
  readonly #entries: EntryReader;
  readonly #queries = new SessionQueries(new Kysely<Schema>({ dialect: compilingDialect }), sqlitePredicates);
  readonly #prepared = new Map<string, Database.Statement<unknown[]>>();

  constructor(options: {
    readonly db: Database.Database;
    readonly statements: ReaderStatements;
    readonly faults: ReadFaults;
    readonly entries: EntryReader;
  }) {
    this.#db = options.db;
    this.#statements = options.statements;
    this.#faults = options.faults;
    this.#entries = options.entries;
  }

  find(tenantId: string, id: string): SessionRecord | undefined {
    return this.#one(
      () => this.#statements.find.get(tenantId, id),
      (row) => row.tenant === tenantId && row.public_id === id,
    );
  }

  get(key: SessionKey): SessionRecord | undefined {
    return this.#one(
      () => this.#statements.get.get(key),
      (row) => row.public_id !== null,
    );
  }

  list(query: SessionQuery): SessionRecord[] {
    return this.#many(
      () => this.#query(this.#queries.list(query)),
      () => {
        const { after, limit } = query;
        const matching = this.#salvaged().filter((record) => matchesQuery(record, query));
        const behind = matching.filter((record) => after === undefined || byRecency(record, after) > 0);
        return behind.sort(byRecency).slice(0, limit);
      },
    );
  }

  count(query: Omit<SessionQuery, 'limit' | 'after'>): number {
    return this.#faults.typed('session', undefined, () =>
      this.#faults.orElse(
        'session',
        undefined,
        () => this.#query(this.#queries.count(query))[0]?.count ?? 0,
        () => this.#salvaged().filter((record) => matchesQuery(record, query)).length,
      ),
    );
  }

  unsettled(after: SessionKey, limit: number): SessionRecord[] {
    return this.#many(
      () => this.#query(this.#queries.unsettled(after, limit)),
      () =>
        this.#salvaged()
          .filter((record) => record.unsettled && record.key > after)
          .slice(0, limit),
    );
  }

  /** D3. */
  #one(
    read: () => SessionColumns | undefined,
    isAsked: (row: SessionColumns) => boolean,
  ): SessionRecord | undefined {
    this.#statements.begin.run();
    try {
      return this.#oneNow(read, isAsked);
    } finally {
      if (this.#db.inTransaction) this.#statements.end.run();
    }
  }

  #oneNow(
    read: () => SessionColumns | undefined,
    isAsked: (row: SessionColumns) => boolean,
  ): SessionRecord | undefined {
    const row = this.#faults.typed('session', undefined, read);
    if (row === undefined) return undefined;
    const sound = isAsked(row) ? soundColumns(row) : undefined; // D2
    if (sound === undefined) {
      this.#faults.tell('session', undefined);
      throw storageDamaged();
    }
    const record = toRecord(sound);
    return {
      ...record,
      head: this.#faults.typed('entry', row.id, () => this.#entries.headOf(row.id, row.head)),
    };
  }

  #many(read: () => SessionColumns[], salvaged: () => SessionRecord[]): SessionRecord[] {
    return this.#faults.typed('session', undefined, () =>
      this.#faults.orElse('session', undefined, () => this.#sound(read()), salvaged),
    );
  }

  #sound(rows: readonly SessionColumns[]): SessionRecord[] {
    const sound = rows.flatMap((row) => soundColumns(row) ?? []);
    if (sound.length < rows.length) this.#faults.tell('session', undefined);
    return sound.map(toRecord);
  }

  /** Every session whose row can be read, by key: those that the table has in its order, and those that an index knows of. */
  #salvaged(): SessionRecord[] {
    const { indexed, get, keys } = this.#statements;
    const source = {
      indexed: (from: number, limit: number) => indexed.session.iterate({ from, limit }),
      row: (key: number) => get.get(key),
      last: Number.MAX_SAFE_INTEGER,
      isDamage: this.#faults.isDamage,
    };
    const rows = new Map<SessionKey, SessionColumns>();
    for (const { row } of salvage(source, 0)) rows.set(row.id, row);
    const known = this.#orNothing(() => keys.all()) ?? [];
    for (const key of known.filter((one) => !rows.has(one))) {
      const row = this.#orNothing(() => get.get(key));
      if (row !== undefined) rows.set(key, row);
    }
    return this.#sound([...rows.values()].sort((a, b) => a.id - b.id));
  }

  #orNothing<T>(read: () => T): T | undefined {
    return this.#faults.orElse<T | undefined>('session', undefined, read, () => undefined);
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
