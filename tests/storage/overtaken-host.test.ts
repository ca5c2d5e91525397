import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { echoAgent } from '../../packages/server/src/environment/echo-agent.ts';
import { SqliteSessionStore } from '../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { localHost } from '../../packages/server/src/testing/local-host.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import type { OvertakenOrder, OvertakenReport } from './support/overtaken-orders.ts';
import { type StartedProgram, startProgram } from './support/start-program.ts';

// One process has a data directory, so two of them have one each here, with one database between them: nothing but the fence
// of an append tells who may write.
test('[O2][H5] a host that was stopped and overtaken writes nothing more, and answers from the log', {
  timeout: 120_000,
}, async () => {
  using base = temporaryDirectory();
  const [theirs, ours] = [join(base.path, 'theirs'), join(base.path, 'ours')];
  mkdirSync(ours);
  symlinkSync(join(theirs, 'perdure.db'), join(ours, 'perdure.db'));

  await using program = startProgram('overtaken-host', theirs);
  const lines = program.lines[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{}') as OvertakenReport;
  const tell = (order: OvertakenOrder) => program.send(JSON.stringify(order));
  const started = await next();
  const firstRun = started.say === 'ready' ? started.runId : '';
  tell({ do: 'say', words: 'before the stop ' });
  expect(await next()).toEqual({ say: 'said', words: 'before the stop ' });
  program.signal('SIGSTOP');
  await stopped(program);

  const store = new SqliteSessionStore({ directory: ours });
  await store.open();
  const { host } = localHost({ store, agents: { writer: echoAgent() } });
  const session = host.session('s');
  const { key, epoch, head } = (await store.find('default', 's')) ?? never();
  const second = await session.submit({ content: 'hello', commandId: 'second-command' });
  await session.run({ runId: second.runId ?? '', wait: 60 });
  const overtaken = await keptRows(store, key);

  // It goes on as if nothing had been: its agent speaks.
  for (const words of ['after ', 'the ', 'stop']) tell({ do: 'say', words });
  program.signal('SIGCONT');
  expect(await next()).toEqual({ say: 'aborted' });
  for (const words of ['after ', 'the ', 'stop']) expect(await next()).toEqual({ say: 'unsaid', words });
  tell({ do: 'get' });
  const { cursor, state } = await session.get();
  expect(await next()).toEqual({ say: 'is', cursor, state: JSON.parse(JSON.stringify(state)) });
  const rows = await keptRows(store, key);
  expect(rows).toEqual(overtaken);
  expect(rows.every((row) => row.epoch !== epoch || row.through <= head)).toBe(true);
  const ended = rows.filter(({ type }) => type.startsWith('run:') && type !== 'run:started');
  expect(ended.map(({ type, body }) => [type, JSON.parse(body ?? '').runId])).toEqual([
    ['run:interrupted', firstRun],
    ['run:completed', second.runId],
  ]);

  // A command comes to it that the other has answered: it takes the session over, and knows what was answered.
  tell({ do: 'submit', content: 'hello', commandId: 'second-command' });
  const answer = { seq: second.seq, runId: second.runId, duplicate: true };
  expect(await next()).toMatchObject({ say: 'answered', ...answer });
  const later = await keptRows(store, key);
  expect(later.slice(0, rows.length)).toEqual(rows);
  expect((await store.read(key, 0, 1_000_000)).rows.map(({ body }) => body).join()).not.toContain('after ');
  await host.shutdown({ deadlineMs: 10_000 });
  await store.close();
});

/** What no compaction takes out. */
async function keptRows(store: SqliteSessionStore, key: number) {
  const { rows } = await store.read(key, 0, 1_000_000);
  return rows.filter(({ type }) => type !== 'block:delta');
}

/** Resolves when every thread of the program stands still. */
async function stopped({ pid }: StartedProgram): Promise<void> {
  const state = () => /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  await expect.poll(state).toBe('T');
}

function never(): never {
  throw new Error('The session is missing.');
}
