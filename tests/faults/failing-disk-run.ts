import type { AnyEvent } from '@perdure/client';
import { createPerdureClient } from '@perdure/client';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { ask } from '../e2e/support/running-server.ts';
import { type ServerProcess, startServer } from '../e2e/support/server-process.ts';
import { Ledger } from './support/ledger.ts';
import { until } from './support/until.ts';
import { config } from './support/written-database.ts';

/** Commands without a failure after which a fault is taken not to strike. */
const CLEAN_AFTER = 12;
/** How soon after relief writing has to be back. */
const BACK_WITHIN_MS = 5_000;

/** Begins to make the disk fail. */
export type DiskFault = (server: ServerProcess, directory: string) => Promise<DiskTrouble>;

export interface DiskTrouble {
  relieve(): Promise<void>;
  /** True: it is over by itself as soon as it has struck once. */
  readonly isBrief?: boolean | undefined;
  /** True: nobody who is not connected can be, until relief. */
  readonly admitsNobody?: boolean | undefined;
}

export interface DiskPlan {
  readonly directory: string;
  readonly fault: DiskFault;
  /** Whether a run goes on meanwhile, which writes without end. Without one only commands write. Default: true. */
  readonly hasRun?: boolean | undefined;
}

export interface DiskReport {
  /** False: the fault never struck a write. */
  readonly hasStruck: boolean;
  /** From relief to the first command that was acknowledged. */
  readonly backAfterMs: number;
  /** What must never be, in words. */
  readonly violations: readonly string[];
}

/** Lets the disk of a real server fail under commands, a run and followers, relieves it, kills the server, and takes stock. */
export async function failingDiskRun({ directory, fault, hasRun = true }: DiskPlan): Promise<DiskReport> {
  const violations: string[] = [];
  const violate = (isSo: boolean, what: string) => {
    if (isSo) violations.push(what);
  };
  await using server = await startServer({ directory, config });
  const { url } = server;
  const client = createPerdureClient({ url });
  await create(url, 'talk', 'echo');
  await create(url, 'busy', 'steady');
  await create(url, 'calm', 'quiet');
  const ledger = new Ledger('talk');
  const followers = [startFollower(url, 'talk'), startFollower(url, 'busy', { WebSocket: null })] as const;
  const [talk, busy] = followers;
  await ledger.send(url);
  const { runId = '' } = hasRun ? await client.session('busy').submit('say it') : {};
  if (hasRun) {
    await client.session('calm').submit('listen');
    await busy.until((event) => event.type === 'block:delta');
    await until(async () => (await ask(`${url}/v1/sessions/calm`, 'GET')).body.state.activity === 'running');
  }

  const { relieve, isBrief = false, admitsNobody = false } = await fault(server, directory);
  const hasStruck = await strike(server, ledger, violations);
  let patient: Promise<unknown> = Promise.resolve();
  if (hasStruck && !isBrief) {
    await until(async () => (await ask(`${url}/readyz`, 'GET')).body.status !== 'ready');
    violations.push(...(await inTrouble(server, runId)));
    patient = client.session('talk').submit('one who waits', { run: false });
    if (!admitsNobody) await joinAndLeave(url, ledger.lastSeq);
  }
  const relievedMs = performance.now();
  await relieve();
  await until(async () => (await ledger.send(url)).status === 202);
  const backAfterMs = Math.round(performance.now() - relievedMs);
  violate(backAfterMs > BACK_WITHIN_MS, `writing was back ${backAfterMs} ms after relief`);
  await patient;
  if (hasStruck) await until(async () => (await ask(`${url}/readyz`, 'GET')).body.status === 'ready');
  if (hasRun && hasStruck)
    await busy.until((event) => event.type === 'run:interrupted' && event.runId === runId);
  else if (hasRun) await client.session('busy').interrupt({ runId });
  const next = await client.session('busy').submit('again');
  await busy.until((event) => event.type === 'run:started' && event.runId === next.runId);
  await client.session('busy').interrupt({ runId: next.runId ?? '' });
  await busy.until((event) => event.type === 'run:cancelled' && event.runId === next.runId);
  await talk.until((event) => event.seq >= ledger.lastSeq);
  violate(await hasExited(server), `the server ended: ${server.stderr()}`);
  const shown = followers.map(({ events }) => [...events]);
  await server.kill('SIGKILL');
  for (const follower of followers) await follower.leave();
  client.close();

  const interruptions = hasRun && hasStruck ? 1 : 0;
  violations.push(...(await takeStock(directory, { ledger, shown, runId, interruptions })));
  return { hasStruck, backAfterMs, violations };
}

/** Sends commands until the server says that its disk fails. */
async function strike(server: ServerProcess, ledger: Ledger, violations: string[]): Promise<boolean> {
  const isTold = () => server.stderr().includes('the store cannot be written');
  for (let sent = 0; sent < CLEAN_AFTER && !isTold(); sent += 1) {
    const { status, error } = await ledger.send(server.url);
    if (status !== 202 && !isOfDisk(status, error?.code))
      violations.push(`a command was answered ${status} ${error?.code}`);
  }
  return isTold();
}

/** One who comes while the disk fails is shown all that was acknowledged. */
async function joinAndLeave(url: string, seq: number): Promise<void> {
  const joiner = startFollower(url, 'talk');
  await joiner.until((event) => event.seq >= seq);
  await joiner.leave();
}

/** What a server whose disk fails must still do, and must refuse by name. */
async function inTrouble(server: ServerProcess, runId: string): Promise<string[]> {
  const { url } = server;
  const wrong: string[] = [];
  const expected = async (
    path: string,
    wanted: readonly (number | string)[],
    method = 'GET',
    body?: unknown,
  ) => {
    const answer = await ask(`${url}${path}`, method, { body });
    const told = answer.error?.code ?? answer.body?.status ?? answer.status;
    const isWanted = wanted.includes(answer.status) || wanted.includes(String(told));
    if (!isWanted) wrong.push(`${method} ${path} was answered ${answer.status} ${told}`);
  };
  await expected('/healthz', ['ok']);
  for (const path of ['', '/events', '/blocks', '/runs']) {
    await expected(`/v1/sessions/talk${path}`, [200, 'storage-unreadable']);
  }
  await expected('/v1/sessions', [200, 'storage-unreadable']);
  const refused = ['storage-read-only', 'storage-unreadable'];
  await expected('/v1/sessions', refused, 'POST', { id: 'new' });
  await expected('/v1/sessions/talk', refused, 'PATCH', { title: 'new' });
  await expected('/v1/sessions/busy/messages', refused, 'POST', { content: 'more' });
  await expected('/v1/sessions/talk', refused, 'DELETE');
  if (runId !== '') {
    await expected('/v1/sessions/busy/interrupt', [200, 202, 'storage-unreadable'], 'POST', { runId });
    // Also the one that writes nothing, and would not notice.
    for (const agent of ['steady', 'quiet'])
      await until(() => server.stderr().includes(`the ${agent} agent was aborted`));
  }
  if (await hasExited(server)) wrong.push('the server ended');
  return wrong;
}

/** Another process on the same files: everything that was acknowledged or shown is there, once. */
async function takeStock(
  directory: string,
  before: {
    readonly ledger: Ledger;
    readonly shown: readonly (readonly AnyEvent[])[];
    readonly runId: string;
    /** How often the run was interrupted, and the store was why. */
    readonly interruptions: number;
  },
): Promise<string[]> {
  const { ledger, shown, runId } = before;
  await using server = await startServer({ directory, config });
  const client = createPerdureClient({ url: server.url });
  try {
    const logs = [await readLog(client, 'talk'), await readLog(client, 'busy')] as const;
    const [talk, busy] = logs;
    const ends = busy.filter((event) => event.type === 'run:interrupted' && event.runId === runId);
    const reasons = ends.map(({ payload }) => String(Object(payload).reason));
    const areRight = reasons.length === before.interruptions && reasons.every((reason) => reason === 'store');
    return [
      ...ledger.lostIn(talk),
      ...(await ledger.doneTwice(server.url)),
      ...shown.flatMap((events, index) => unhappened(events, logs[index] ?? [])),
      ...(areRight ? [] : [`the run was interrupted because of: ${reasons.join()}`]),
    ];
  } finally {
    client.close();
  }
}

/** Events that someone was shown and that the log does not have; compaction may have taken deltas. */
function unhappened(shown: readonly AnyEvent[], log: readonly AnyEvent[]): string[] {
  const texts = new Map(log.map((event) => [event.seq, JSON.stringify(event)]));
  return shown.flatMap((event) => {
    const kept = texts.get(event.seq);
    const isThere = kept === JSON.stringify(event) || (kept === undefined && event.type === 'block:delta');
    return isThere ? [] : [`${JSON.stringify(event)} was shown, and the log has ${kept}`];
  });
}

const isOfDisk = (status: number, code: string | undefined) =>
  status === 503 && (code === 'storage-read-only' || code === 'storage-unreadable');

async function create(url: string, id: string, agent: string): Promise<void> {
  const { status, text } = await ask(`${url}/v1/sessions`, 'POST', { body: { id, agent } });
  if (status !== 201) throw new Error(text);
}

async function hasExited({ exited }: ServerProcess): Promise<boolean> {
  return (await Promise.race([exited, Promise.resolve(undefined)])) !== undefined;
}
