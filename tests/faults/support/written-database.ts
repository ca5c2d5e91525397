import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from '../../e2e/support/running-server.ts';
import { type ServerProcess, startServer } from '../../e2e/support/server-process.ts';
import { type OriginalSession, readOriginals } from './original-sessions.ts';
import { type Witness, witnessOf } from './witness.ts';

/** The agents of the servers that these tests start. */
export const config = fileURLToPath(new URL('./agents.config.ts', import.meta.url));

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

/**
 * A database as a real server left it when it was killed: most of it in the file since an orderly end before, the rest in
 * the write-ahead log, some sessions in both, one in the middle of a run. What each event was is known from those who followed.
 */
export async function writeDatabase(parent: string): Promise<WrittenDatabase> {
  const directory = join(parent, 'original');
  const witness = witnessOf([...early, ...late]);
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
  await using server = await startServer({ directory, config });
  const { url } = server;
  await witness.watch(url, early);
  await create(server, late, witness);
  const talks = ['ann', 'bob', 'cat', 'ida', 'jon'].map((id) =>
    say(url, id, `third-${id} 200`, `last-${id} 60`),
  );
  await Promise.all(talks);
  await asked(url, 'PATCH', '/v1/sessions/bob', { title: 'Another title', tags: ['late'] });
  await asked(url, 'POST', '/v1/sessions/kim/messages', { content: 'open-kim 120 stays' });
  await witness.until('kim', ({ type }) => type === 'log');
  await witness.settled(url);
  await server.kill('SIGKILL');
  const sessions = readOriginals(copyDatabase(directory, join(parent, 'read')), witness);
  return { directory, sessions, lateIds: late };
}

/** Copies what a killed server leaves; its lock and its notes are made anew. */
export function copyDatabase(from: string, to: string): string {
  mkdirSync(to);
  for (const file of databaseFiles) copyFileSync(join(from, file), join(to, file));
  return to;
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
