import type { CompiledQuery, Expression, Kysely, SqlBool } from 'kysely';
import { foldText } from '../fold-text.ts';
import type { SessionKey, SessionQuery } from '../session-store.ts';
import type { Schema, SessionColumns } from './schema.ts';

/** What each dialect says in its own words. `column` is a column of the session table. */
export interface DialectPredicates {
  /** The text of the column holds `part`. */
  contains(column: keyof SessionColumns, part: string): Expression<SqlBool>;
  /** The JSON array of strings in the column holds `value`. */
  jsonHas(column: keyof SessionColumns, value: string): Expression<SqlBool>;
  /** The JSON object in the column has the string `value` under `key`. */
  jsonField(column: keyof SessionColumns, key: string, value: string): Expression<SqlBool>;
  /** The column is one of the values: one bound parameter, however many there are. */
  isOneOf(column: keyof SessionColumns, values: readonly string[]): Expression<SqlBool>;
}

type Filter = Omit<SessionQuery, 'limit' | 'after'>;

/** Queries for session records, compiled by Kysely for the dialect at hand. */
export class SessionQueries {
  readonly #db: Kysely<Schema>;
  readonly #dialect: DialectPredicates;

  constructor(db: Kysely<Schema>, dialect: DialectPredicates) {
    this.#db = db;
    this.#dialect = dialect;
  }

  /** Newest change first; ties by key, so that a page begins exactly where the last one ended. */
  list(query: SessionQuery): CompiledQuery<SessionColumns> {
    const { after, limit } = query;
    return this.#filtered(query)
      .selectAll()
      .$if(after !== undefined, (list) =>
        list.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('updated_at', 'id'), '<', tuple(after?.updatedAt ?? '', after?.key ?? 0)),
        ),
      )
      .orderBy('updated_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .compile();
  }

  count(query: Filter): CompiledQuery<{ count: number }> {
    return this.#filtered(query)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .compile();
  }

  unsettled(after: SessionKey, limit: number): CompiledQuery<SessionColumns> {
    return this.#db
      .selectFrom('session')
      .selectAll()
      .where('unsettled', '=', 1)
      .where('public_id', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .compile();
  }

  #filtered({ scope, activity, archived, tag, text, metadata, ids }: Filter) {
    const { contains, jsonHas, jsonField, isOneOf } = this.#dialect;
    let query = this.#db
      .selectFrom('session')
      .where('tenant', '=', scope.tenantId)
      .where('public_id', 'is not', null);
    if (scope.ownerId !== undefined) query = query.where('owner', '=', scope.ownerId);
    if (scope.sessionIds !== undefined) query = query.where(isOneOf('public_id', scope.sessionIds));
    if (ids !== undefined) query = query.where(isOneOf('public_id', ids));
    if (activity !== undefined) query = query.where('activity', '=', activity);
    if (archived !== undefined) query = query.where('archived', '=', archived ? 1 : 0);
    if (tag !== undefined) query = query.where(jsonHas('tags', tag));
    for (const [key, value] of Object.entries(metadata ?? {})) {
      query = query.where(jsonField('metadata', key, value));
    }
    if (text !== undefined) {
      const part = foldText(text);
      query = query.where(({ or }) =>
        or([contains('title_folded', part), contains('last_text_folded', part)]),
      );
    }
    return query;
  }
}
