// Opens a store with one session and keeps it open until its input ends.
import { PostgresSessionStore } from '../../store/postgres/postgres-session-store.ts';
import { createSample } from '../session-store-samples.ts';

const [url = '', schema = ''] = process.argv.slice(2);
const store = new PostgresSessionStore({ url, schema });
await store.open();
await createSample(store, { id: 'held' });
process.stdout.write('open\n');
for await (const _ of process.stdin);
await store.close();
