import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../../e2e/support/running-server.ts';
import { type ServerProcess, startServer } from '../../e2e/support/server-process.ts';
import { type OriginalSession, readOriginals } from './original-sessions.ts';
import { type Witness, witnessOf } from './witness.ts';

/** The agents of the servers that these tests start. */
export const config = fileURLToPath(new URL('./agents.config.ts', import.meta.url));

/** The same agents, of a server that keeps no more than the end of each log. */
const keepingConfig = fileURLToPath(new URL('./keeping.config.ts', import.meta.url));

/** Every file that a killed server's database is made of. */
export const databaseFiles = ['perdure.db', 'perdure.db-wal'] as const;

export interface WrittenDatabase {
  /** Never opened again: tests break copies of it. */
  readonly directory: string;
  readonly sessions: readonly OriginalSession[];
  /** Sessions that are in the write-ahead log alone. */
  readonly lateIds: readonly string[];
}

const early = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'];
const late = ['ida', 'jon', 'kim'];
/** Sessions that lost the beginning of their logs: one rests from then on, one goes on in the log of writes. */
const outgrown = ['lea', 'max'];
/** More than twice what is kept of each log. */
const UPDATES = 220;

/**
 * A database as a real server left it when it was killed: most of it in the file since an orderly end before, the rest in
 * the write-ahead log, some sessions in both, one in the middle of a run, two without the beginning of their logs. What each
 * event was is known from those who followed.
 */
export async function writeDatabase(parent: string): Promise<WrittenDatabase> {
  const directory = join(parent, 'original');
  const witness = witnessOf([...early, ...outgrown, ...late]);
  {
    await using server = await startServer({ directory, config });
    await create(server, early, witness);
    const talks = early.map((id, index) =>
      say(server.url, id, `first-${id} ${50 + index * 60}`, `second-${id} 30`),
    );
    await Promise.all(talks);
    await say(server.url, 'ann', 'large-ann 2000', 'larger-ann 15000');
    await witness.settled(server.url);
    await server.kill('SIGTERM');
  }
  await outgrow(directory, witness);
  await using server = await startServer({ directory, config });
  const { url } = server;
  await witness.watch(url, [...early, ...outgrown]);
  await create(server, late, witness);
  const talks = ['ann', 'bob', 'cat', 'ida', 'jon', 'max'].map((id) =>
    say(url, id, `third-${id} 200`, `last-${id} 60`),
  );
  await Promise.all(talks);
  await asked(url, 'PATCH', '/v1/sessions/bob', { title: 'Another title', tags: ['late'] });
  await asked(url, 'POST', '/v1/sessions/kim/messages', { content: 'open-kim 120 stays' });
  await witness.until('kim', ({ type }) => type === 'log');
  await witness.settled(url);
  await server.kill('SIGKILL');
  const sessions = readOriginals(copyDatabase(directory, join(parent, 'read')), witness);
  const cut = sessions.filter(({ floor }) => floor > 0).map(({ id }) => id);
  if (cut.join() !== outgrown.join())
    throw new Error(`The beginnings of ${cut} are gone, not of ${outgrown}.`);
  return { directory, sessions, lateIds: late };
}

/** Copies what a killed server leaves; its lock and its notes are made anew. */
export function copyDatabase(from: string, to: string): string {
  mkdirSync(to);
  for (const file of databaseFiles) copyFileSync(join(from, file), join(to, file));
  return to;
}

/** Makes sessions whose beginning a server has taken out, in the life of one that keeps only their ends. */
async function outgrow(directory: string, witness: Witness): Promise<void> {
  await using server = await startServer({ directory, config: keepingConfig });
  const { url } = server;
  await create(server, outgrown, witness);
  const lives = outgrown.map(async (id) => {
    await say(url, id, `first-${id} 80`);
    for (let update = 1; update <= UPDATES; update += 1) {
      await asked(url, 'PATCH', `/v1/sessions/${id}`, { title: `Title ${update} of ${id}` });
    }
    await say(url, id, `second-${id} 80`);
  });
  await Promise.all(lives);
  await witness.settled(url);
  await server.kill('SIGTERM');
}

async function create({ url }: ServerProcess, ids: readonly string[], witness: Witness): Promise<void> {
  for (const id of ids) {
    await asked(url, 'POST', '/v1/sessions', { id, agent: 'writer', title: `Talk of ${id}` });
  }
  await witness.watch(url, ids);
}

/** Sends one message after the other, each when the run of the one before has ended. */
async function say(url: string, id: string, ...messages: readonly string[]): Promise<void> {
  for (const content of messages) {
    const { body } = await asked(url, 'POST', `/v1/sessions/${id}/messages`, { content });
    const run = await asked(url, 'GET', `/v1/sessions/${id}/runs/${body.runId}?wait=60`);
    if (run.body.status !== 'completed') throw new Error(`"${content}" ended ${run.text}`);
  }
}

async function asked(url: string, method: string, path: string, body?: unknown) {
  const answer = await ask(`${url}${path}`, method, { body });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer;
}
