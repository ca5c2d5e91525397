import pg from 'pg';
import { expect, test } from 'vitest';
import { PostgresSessionStore } from '../../packages/server/src/store/postgres/postgres-session-store.ts';
import type { SessionStore } from '../../packages/server/src/store/session-store.ts';
import { SqliteSessionStore } from '../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { startPostgresServer } from '../../packages/server/src/testing/postgres-server.ts';
import {
  createSample,
  sampleAppend,
  sampleRow,
} from '../../packages/server/src/testing/session-store-samples.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { measured } from '../support/record-figure.ts';

const SESSIONS = 1_000;
const APPENDS = 10;
/** Appends in a group of the store: each has a row and its record. */
const ROWS_AT_ONCE = 100;
const ROUNDS = 3;

const body = JSON.stringify({
  ...{ seq: 1, at: '2026-01-01T00:00:00.000Z', type: 'block:delta' },
  payload: { blockId: 'block-1', delta: 'a word or two of what an agent says at a time, more or less' },
  ...{ actor: { principalId: 'ann' }, source: 'agent' },
});

interface Rates {
  readonly store: number;
  readonly bare: number;
  readonly sqlite: number;
}

test('[Q16] appends to PostgreSQL, fenced and with all that belongs to them, come near to bare rows', async () => {
  await using server = await startPostgresServer();
  using directory = temporaryDirectory();
  const store = new PostgresSessionStore({ url: server.url });
  const sqlite = new SqliteSessionStore({ directory: directory.path });
  await store.open();
  await sqlite.open();
  const rates = await measured(
    {
      what: 'Appends of 1,000 sessions at once to PostgreSQL',
      size: `${SESSIONS} sessions of ${APPENDS} appends, ${ROUNDS} rounds`,
    },
    async () => {
      const rounds: Rates[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.push({
          store: await rateOf(store, round),
          bare: await bareRate(server.url),
          sqlite: await rateOf(sqlite, round),
        });
      }
      return rounds;
    },
    (rounds) => {
      const { store: own, bare, sqlite: onFile } = bestOf(rounds);
      return `${own} appends a second; ${bare} bare rows, ${onFile} appends on SQLite, in the same run`;
    },
  );
  await store.close();
  await sqlite.close();
  const best = bestOf(rates);
  // A fence, a record with its five indexes and an event beside one bare row in one index.
  expect(best.store / best.bare).toBeGreaterThan(0.15);
});

/** Appends a second, of all sessions side by side. */
async function rateOf(store: SessionStore, round: number): Promise<number> {
  const records = await Promise.all(
    Array.from({ length: SESSIONS }, (_, index) => createSample(store, { id: `r${round}-s${index}` })),
  );
  return perSecond(() =>
    Promise.all(
      records.map(async ({ key, epoch, head: first }) => {
        for (let head = first; head < first + APPENDS; head += 1) {
          const rows = [sampleRow(head, { type: 'block:delta', body })];
          const record = { lastText: `word ${head}`, updatedAt: new Date().toISOString() };
          const outcome = await store.append(sampleAppend({ key, epoch, head }, { rows, record }));
          if (outcome.kind !== 'committed') throw new Error(outcome.kind);
        }
      }),
    ),
  );
}

/** Rows a second by `pg` alone: one statement for as many as a group has, one after the other. */
async function bareRate(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('DROP TABLE IF EXISTS bare');
  await client.query('CREATE TABLE bare (session bigint, seq bigint, body text, PRIMARY KEY (session, seq))');
  const rate = await perSecond(async () => {
    for (let seq = 0; seq < APPENDS; seq += 1) {
      for (let first = 0; first < SESSIONS; first += ROWS_AT_ONCE) {
        const sessions = Array.from({ length: ROWS_AT_ONCE }, (_, index) => first + index);
        await client.query({
          name: 'bare',
          text: 'INSERT INTO bare SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[])',
          values: [sessions, sessions.map(() => seq), sessions.map(() => body)],
        });
      }
    }
  });
  await client.end();
  return rate;
}

async function perSecond(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return Math.round((SESSIONS * APPENDS * 1_000) / (performance.now() - startMs));
}

/** Other programs of the machine only ever make a round slower. */
function bestOf(rounds: readonly Rates[]): Rates {
  const best = (name: keyof Rates) => Math.max(...rounds.map((round) => round[name]));
  return { store: best('store'), bare: best('bare'), sqlite: best('sqlite') };
}
