import { join } from 'node:path';
import Database from 'better-sqlite3';
import { struckFloorContract } from '../../testing/struck-floor-contract.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

struckFloorContract(async () => {
  const temporary = temporaryDirectory();
  const directory = join(temporary.path, 'data');
  let store = new SqliteSessionStore({ directory });
  await store.open();
  return {
    get store() {
      return store;
    },
    async restart() {
      await store.close();
      store = new SqliteSessionStore({ directory });
      await store.open();
      return store;
    },
    async query(sql) {
      const db = new Database(join(directory, 'perdure.db'));
      try {
        const statement = db.prepare(sql(''));
        if (statement.reader) return statement.all() as object[];
        statement.run();
        return [];
      } finally {
        db.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      temporary[Symbol.dispose]();
    },
  };
});
