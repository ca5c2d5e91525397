import { afterAll, beforeAll } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import { sessionStoreContract } from '../../testing/session-store-contract.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

sessionStoreContract('PostgresSessionStore', {
  isDurable: true,
  async open(options = {}) {
    const schema = server.newSchema();
    const start = async () => {
      const store = new PostgresSessionStore({ url: server.url, schema, maxConnections: 4, ...options });
      await store.open();
      return store;
    };
    let store = await start();
    return {
      get store() {
        return store;
      },
      async restart() {
        await store.close();
        store = await start();
        return store;
      },
      async [Symbol.asyncDispose]() {
        await store.close();
      },
    };
  },
});
