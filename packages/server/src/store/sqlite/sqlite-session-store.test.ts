import { join } from 'node:path';
import { sessionStoreContract } from '../../testing/session-store-contract.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

sessionStoreContract('SqliteSessionStore', {
  isDurable: true,
  async open(options = {}) {
    const temporary = temporaryDirectory();
    const start = async () => {
      const store = new SqliteSessionStore({ directory: join(temporary.path, 'data'), ...options });
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
        temporary[Symbol.dispose]();
      },
    };
  },
});
