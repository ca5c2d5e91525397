import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { migrations } from '../../../packages/server/src/store/sql/migrations.ts';
import { openDatabase } from '../../../packages/server/src/store/sqlite/open-database.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { appendSample, sampleRow } from '../../../packages/server/src/testing/session-store-samples.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { laterMigrations, laterTables, laterTitle } from './later-migrations.ts';
import { migrationOptions } from './migration-options.ts';
import { startProgram } from './start-program.ts';

export interface MigrationKills {
  readonly kills: number;
  /** Lines after which programs were killed, and how often. */
  readonly after: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const fixtures = fileURLToPath(
  new URL('../../../packages/server/src/store/sqlite/fixtures', import.meta.url),
);
/** Rows that are added to the oldest database, so that each step takes some milliseconds. */
const ROWS = 4_000;

/** Kills migrations of the oldest database there is at random moments, some again and again, and looks at what they leave. */
export async function killMigrations({
  seed,
  kills,
}: {
  readonly seed: number;
  readonly kills: number;
}): Promise<MigrationKills> {
  using directory = temporaryDirectory();
  const original = await oldestDatabase(directory.path);
  const random = seededRandom(seed, 'migrations');
  const lines = ['opening', ...laterTables.map((_, index) => `step ${migrations.length + 1 + index}`)];
  const after: Record<string, number> = {};
  const faults: string[] = [];
  let waiting = startProgram('killed-migration');
  let [killed, round] = [0, 0];
  while (killed < kills) {
    round += 1;
    const path = join(directory.path, `${round}`, 'perdure.db');
    mkdirSync(join(directory.path, `${round}`));
    copyFileSync(original, path);
    for (let left = 1 + random.below(3); left > 0 && killed < kills; left -= 1) {
      const moment = random.pick(lines);
      const delayMs = random.below(25);
      const program = waiting;
      waiting = startProgram('killed-migration');
      program.send(path);
      for await (const line of program.lines) {
        if (line === moment) setTimeout(() => program.signal('SIGKILL'), delayMs);
      }
      // One that was quicker has migrated it, and one that begins after a step never comes to that step.
      if ((await program.ended) !== 'SIGKILL') continue;
      killed += 1;
      after[moment] = (after[moment] ?? 0) + 1;
    }
    faults.push(...(await judge(path, original)).map((fault) => `seed ${seed}, database ${round}: ${fault}`));
  }
  waiting.signal('SIGKILL');
  await waiting.ended;
  return { kills: killed, after, faults };
}

async function oldestDatabase(base: string): Promise<string> {
  const directory = join(base, 'oldest');
  mkdirSync(directory);
  const path = join(directory, 'perdure.db');
  copyFileSync(join(fixtures, readdirSync(fixtures).sort()[0] ?? ''), path);
  if (migrations.length > 1) return path; // what it holds of its own has to do then
  const store = new SqliteSessionStore({ directory });
  await store.open();
  const record = await store.find('tenant', 'session');
  if (record === undefined) throw new Error('The fixture lacks its session.');
  const rows = Array.from({ length: ROWS }, (_, index) =>
    sampleRow(record.head + index, { body: `"${index} ${'x'.repeat(300)}"` }),
  );
  await appendSample(store, record, { rows, claim: true });
  await store.close();
  return path;
}

/** The next start completes the migration: each step is there once, and the copy is of what was there before. */
async function judge(path: string, original: string): Promise<string[]> {
  const faults: string[] = [];
  const copy = `${path}.v${versionOf(original)}.bak`;
  if (existsSync(copy)) faults.push(...judgeCopy(copy, original));
  try {
    (await openDatabase(migrationOptions(path), laterMigrations())).close();
  } catch (error) {
    return [...faults, `It does not open: ${String(error)}.`];
  }
  const [before, now] = [contentOf(original), contentOf(path)];
  if (now.integrity !== 'ok') faults.push(`It is corrupt: ${now.integrity}.`);
  if (now.title !== `${before.title}${laterTitle}`) faults.push(`The title is "${now.title}".`);
  if (now.entries !== before.entries) faults.push(`There are ${now.entries} rows of ${before.entries}.`);
  const db = new Database(path, { readonly: true });
  for (const table of laterTables) {
    const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    if (rows !== before.entries) faults.push(`${table} has ${String(rows)} rows.`);
  }
  db.close();
  if (versionOf(path) !== migrations.length + 2) faults.push(`Its version is ${versionOf(path)}.`);
  return existsSync(copy) ? faults : [...faults, 'There is no copy of what was there before.'];
}

function judgeCopy(copy: string, original: string): string[] {
  const [before, kept] = [contentOf(original), contentOf(copy)];
  const isSame = kept.integrity === 'ok' && kept.title === before.title && kept.entries === before.entries;
  return isSame ? [] : [`The copy is ${JSON.stringify(kept)}.`];
}

function contentOf(path: string): {
  readonly integrity: string;
  readonly title: string;
  readonly entries: number;
} {
  const db = new Database(path, { readonly: true });
  const content = {
    integrity: String(db.pragma('integrity_check', { simple: true })),
    title: String(db.prepare('SELECT title FROM session').pluck().get()),
    entries: Number(db.prepare('SELECT count(*) FROM entry').pluck().get()),
  };
  db.close();
  return content;
}

function versionOf(path: string): number {
  const db = new Database(path, { readonly: true });
  const version = Number(db.prepare('SELECT version FROM schema_version').pluck().get());
  db.close();
  return version;
}
