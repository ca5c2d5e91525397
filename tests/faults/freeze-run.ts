import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { createPerdureClient } from '@perdure/client';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { ask } from '../e2e/support/running-server.ts';
import { startServer } from '../e2e/support/server-process.ts';
import { Ledger } from './support/ledger.ts';
import { until } from './support/until.ts';
import { config } from './support/written-database.ts';

export interface FreezeReport {
  /** Clients that follow by sockets and by event streams, by how often each was not connected. */
  readonly losses: readonly number[];
  /** What must never be, in words. */
  readonly violations: readonly string[];
}

const FOLLOWERS = 20;

/** Stops a real server for a while with clients connected and a run going on, and lets it go on. */
export async function freezeRun(directory: string, frozenMs: number): Promise<FreezeReport> {
  await using server = await startServer({ directory, config });
  const { url, pid } = server;
  const client = createPerdureClient({ url });
  for (const [id, agent] of [
    ['talk', 'echo'],
    ['busy', 'steady'],
  ]) {
    await ask(`${url}/v1/sessions`, 'POST', { body: { id, agent } });
  }
  const { runId = '' } = await client.session('busy').submit('go on');
  const followers = Array.from({ length: FOLLOWERS }, (_, index) =>
    startFollower(url, index % 3 === 0 ? 'talk' : 'busy', index % 2 === 0 ? {} : { WebSocket: null }),
  );
  const losses = followers.map(() => 0);
  for (const [index, follower] of followers.entries()) {
    await follower.until((event) => event.type === 'session:created');
    follower.client.connection.subscribe(() => {
      if (follower.client.connection.get().status === 'reconnecting')
        losses[index] = (losses[index] ?? 0) + 1;
    });
  }
  const ledger = new Ledger('talk');
  process.kill(pid, 'SIGSTOP');
  await until(() => stateOf(pid) === 'T');
  const answers = Promise.all(Array.from({ length: 5 }, () => ledger.send(url)));
  await wait(frozenMs); // it is time that has to pass
  process.kill(pid, 'SIGCONT');
  const violations = (await answers).flatMap(({ status, error }) =>
    status === 202 ? [] : [`a message that was sent meanwhile was answered ${status} ${error?.code}`],
  );
  await ledger.send(url);
  const run = await ask(`${url}/v1/sessions/busy/runs/${runId}`, 'GET');
  if (run.body.status !== 'running') violations.push(`the run is ${run.body.status}`);
  await client.session('busy').interrupt({ runId });
  const [talk, busy] = [await readLog(client, 'talk'), await readLog(client, 'busy')];
  for (const [index, follower] of followers.entries()) {
    const kept = (index % 3 === 0 ? talk : busy).map((event) => event.seq);
    await follower.until((event) => event.seq >= (kept.at(-1) ?? 0));
    const seqs = follower.events.map((event) => event.seq);
    const isWhole = kept.every((seq) => seqs.includes(seq)) && new Set(seqs).size === seqs.length;
    if (!isWhole) violations.push(`follower ${index} was shown ${seqs.join()}`);
  }
  violations.push(...ledger.lostIn(talk));
  for (const follower of followers) await follower.leave();
  client.close();
  return { losses, violations };
}

/** `T`: stopped. */
function stateOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}
