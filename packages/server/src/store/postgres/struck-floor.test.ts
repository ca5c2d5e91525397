import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import { struckFloorContract } from '../../testing/struck-floor-contract.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

struckFloorContract(async () => {
  const schema = server.newSchema();
  const opened = async () => {
    const store = new PostgresSessionStore({ url: server.url, schema, maxConnections: 3 });
    await store.open();
    return store;
  };
  let store = await opened();
  return {
    get store() {
      return store;
    },
    async restart() {
      await store.close();
      store = await opened();
      return store;
    },
    query: (sql) => server.query(sql(`${schema}.`)),
    async [Symbol.asyncDispose]() {
      await store.close();
    },
  };
});
