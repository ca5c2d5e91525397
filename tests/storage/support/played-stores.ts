import { join } from 'node:path';
import { MemorySessionStore } from '../../../packages/server/src/store/memory-session-store.ts';
import { PostgresSessionStore } from '../../../packages/server/src/store/postgres/postgres-session-store.ts';
import type { SessionStore } from '../../../packages/server/src/store/session-store.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import type { PostgresServer } from '../../../packages/server/src/testing/postgres-server.ts';
import { SimulatedDisk } from '../../simulation/disk/simulated-disk.ts';
import { SimulatedSessionStore } from '../../simulation/simulated-session-store.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { PlayedStore } from './history-player.ts';
import { SESSION_LOG_BYTES } from './history-step.ts';

export interface OpenStores extends AsyncDisposable {
  readonly stores: readonly PlayedStore[];
}

/** Every store there is, the one in memory first: it says the most with the least. Without a server PostgreSQL is left out. */
export async function openStores(directory: string, server: PostgresServer | undefined): Promise<OpenStores> {
  const { next } = seededRandom(1, 'stores');
  const memory = new MemorySessionStore({ sessionLogBytes: SESSION_LOG_BYTES });
  const disk = new SimulatedDisk({ random: next, sessionLogBytes: SESSION_LOG_BYTES, sliceRows: 2 });
  const sqlite = { directory: join(directory, 'data'), sessionLogBytes: SESSION_LOG_BYTES };
  const stores = [
    played('the store in memory', () => memory),
    played('the store in SQLite', () => new SqliteSessionStore(sqlite)),
    ...(server === undefined ? [] : [playedPostgres(server)]),
    played('the simulated store', () => new SimulatedSessionStore({ disk, random: next })),
  ];
  for (const { store } of stores) await store.open();
  return {
    stores,
    [Symbol.asyncDispose]: async () => {
      for (const { store } of stores) await store.close();
    },
  };
}

function playedPostgres(server: PostgresServer): PlayedStore {
  const patient = { busyTimeoutMs: 120_000, connectTimeoutMs: 120_000, statementTimeoutMs: 120_000 };
  const options = {
    url: server.url,
    schema: server.newSchema(),
    sessionLogBytes: SESSION_LOG_BYTES,
    ...patient,
  };
  return played('the store in PostgreSQL', () => new PostgresSessionStore(options));
}

function played(name: string, make: () => SessionStore): PlayedStore {
  let store = make();
  return {
    name,
    get store() {
      return store;
    },
    async restart() {
      await store.close();
      store = make();
      await store.open();
    },
  };
}
