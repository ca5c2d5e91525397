// Appends to several sessions side by side and says of each append that it is durable, until someone kills it.
import { createSample, sampleRow } from '../session-store-samples.ts';
import type { SessionRecord } from '../../store/session-store.ts';
import { SqliteSessionStore } from '../../store/sqlite/sqlite-session-store.ts';

const [directory = '', durability = 'disk'] = process.argv.slice(2);
const store = new SqliteSessionStore({ directory, durability: durability === 'disk' ? 'disk' : 'process' });
await store.open();

async function appendFor(record: SessionRecord): Promise<void> {
  for (let after = record.head; ; after += 2) {
    const row = sampleRow(after, {
      through: after + 2,
      body: `"${record.id} ${after}",\t"${'x'.repeat(after % 900)}"`,
    });
    const rest = { record: {}, blocks: [], runs: [], essential: false, claim: false };
    const outcome = await store.append({ key: record.key, epoch: record.epoch, after, rows: [row], ...rest });
    if (outcome.kind !== 'committed') throw new Error(outcome.kind);
    process.stdout.write(`${record.key} ${after + 2}\n`);
  }
}

const records = await Promise.all(
  ['a', 'b', 'c', 'd'].map((id) => createSample(store, { id: `${id}-${Date.now()}` })),
);
await Promise.all(records.map(appendFor));
