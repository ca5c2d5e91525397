// Opens a store and keeps it open until its input ends.
import { SqliteSessionStore } from '../../store/sqlite/sqlite-session-store.ts';

const store = new SqliteSessionStore({ directory: process.argv[2] ?? '' });
await store.open();
process.stdout.write('open\n');
for await (const _ of process.stdin);
await store.close();
