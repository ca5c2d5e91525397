// Writes to a real store all that a store is written to, and says of each what it sends and what it was answered.
// Arguments: directory (`data`, `copies` and the file `reports` in it), durability, appends of each session.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionKey } from '../../../packages/server/src/store/session-store.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { sampleSession } from '../../../packages/server/src/testing/session-store-samples.ts';
import { PlannedSession } from '../support/planned-session.ts';
import type { Report } from '../support/reports.ts';

const [base = '', durability = 'disk', appends = '40'] = process.argv.slice(2);
const reports = openSync(join(base, 'reports'), 'a');
const options = {
  directory: join(base, 'data'),
  durability: durability === 'disk' ? 'disk' : 'process',
} as const;
let store = new SqliteSessionStore(options);

function report(said: Report): void {
  writeSync(reports, `${JSON.stringify(said)}\n`);
}

interface Life {
  readonly id: string;
  readonly generation: number;
  readonly session: PlannedSession;
  readonly key: SessionKey;
  epoch: number;
  number: number;
  /** The next append claims, as that of a new owner does. */
  claims: boolean;
}

async function create(id: string, generation: number): Promise<Life> {
  const session = new PlannedSession(`${id}.${generation}`);
  const { rows, blocks, runs, record } = session.at(0);
  report({ say: 'sends', name: session.name, number: 0, claims: true });
  const outcome = await store.create(sampleSession({ id, rows, blocks, runs, record }));
  if (outcome.kind !== 'created') throw new Error(`${session.name} was not created: ${outcome.kind}.`);
  const { key, epoch } = outcome.record;
  report({ say: 'committed', name: session.name, number: 0, key, epoch });
  return { id, generation, session, key, epoch, number: 0, claims: false };
}

async function append(life: Life): Promise<void> {
  const { session, key, claims } = life;
  const number = life.number + 1;
  const { head: after } = session.at(life.number);
  const { head: _, ...planned } = session.at(number);
  report({ say: 'sends', name: session.name, number, claims });
  const outcome = await store.append({
    ...planned,
    key,
    epoch: life.epoch,
    claim: claims,
    after,
    essential: false,
  });
  if (outcome.kind !== 'committed') throw new Error(`${session.name} ${number} ended as ${outcome.kind}.`);
  report({ say: 'committed', name: session.name, number, key, epoch: outcome.epoch });
  Object.assign(life, { number, epoch: outcome.epoch, claims: false });
}

async function remove({ session, key }: Life): Promise<void> {
  report({ say: 'removes', name: session.name });
  await store.remove(key);
  report({ say: 'removed', name: session.name });
}

async function compact({ session, key, number }: Life): Promise<void> {
  const before = session.at(Math.floor(number / 2)).head;
  report({ say: 'compacts', name: session.name, before });
  await store.compact(key, before);
  report({ say: 'compacted', name: session.name, before });
}

async function copy(name: string): Promise<void> {
  const target = join(base, 'copies', name);
  report({ say: 'copies', target });
  await store.backup(target);
  report({ say: 'copied', target });
}

/** Half of the work of one id: every session is claimed now and then, one is removed and made anew, some are compacted. */
async function work(started: Life, index: number): Promise<Life> {
  let life = started;
  for (let count = 0; count < Number(appends) / 2; count += 1) {
    if (count % 11 === 10 - index) life.claims = true;
    await append(life);
    if (index === 1 && count === 12) await compact(life);
    if (index === 2 && count === 8) {
      await remove(life);
      life = await create(life.id, life.generation + 1);
    }
  }
  return life;
}

await store.open();
let lives = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => create(`s${index}`, 0)));
const [worked] = await Promise.all([Promise.all(lives.map(work)), copy('first.db')]);
await store.close();
store = new SqliteSessionStore(options);
await store.open();
lives = worked.map((life) => ({ ...life, claims: true }));
await Promise.all([...lives.map(work), copy('second.db')]);
await store.close();
