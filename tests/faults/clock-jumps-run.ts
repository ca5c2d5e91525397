import { type AnyEvent, createPerdureClient, type PerdureClient } from '@perdure/client';
import { eventStream } from '../e2e/support/event-stream.ts';
import { readLog } from '../e2e/support/event-log.ts';
import { ask } from '../e2e/support/running-server.ts';
import { type ServerProcess, startServer } from '../e2e/support/server-process.ts';
import { eventsOf, framesOf, trpcSocket } from '../e2e/support/trpc-socket.ts';
import { type FakeClock, fakeClock } from './support/fake-time.ts';
import { Ledger } from './support/ledger.ts';
import { until } from './support/until.ts';
import { config } from './support/written-database.ts';

const HOUR_S = 3_600;
/** How near a moved clock has to come to where it was moved. */
const NEAR_MS = 60_000;

export interface ClockReport {
  /** Where the server's clock stood after each move. */
  readonly times: readonly string[];
  /** What must never be, in words. */
  readonly violations: readonly string[];
}

/** Moves the wall clock of a real server while clients are connected and a run goes on. */
export async function clockJumpsRun(
  parent: string,
  library: string,
  moves: readonly number[],
): Promise<ClockReport> {
  const clock = fakeClock(library, `${parent}/time`);
  const env = { ...clock.env, TZ: 'Europe/Berlin' };
  await using server = await startServer({ directory: `${parent}/data`, config, env });
  const { url } = server;
  const client = createPerdureClient({ url });
  for (const [id, agent] of [
    ['talk', 'echo'],
    ['busy', 'steady'],
  ]) {
    await ask(`${url}/v1/sessions`, 'POST', { body: { id, agent } });
  }
  const { runId = '' } = await client.session('busy').submit('go on');
  using socket = await trpcSocket(url);
  socket.follow(1, { sessionId: 'talk', lastEventId: '0.0' });
  await using stream = await eventStream(`${url}/v1/sessions/busy/events`, { lastEventId: '0.0' });
  const ledger = new Ledger('talk');
  const times: string[] = [];
  const violations: string[] = [];
  for (const [index, seconds] of moves.entries()) {
    times.push(await moved(server, clock, seconds, `probe-${index}`));
    const { status, error } = await ledger.send(url);
    if (status !== 202) violations.push(`a message was answered ${status} ${error?.code}`);
    // Both are still there, and are shown what is new.
    await socket.until((messages) => seqIn(eventsOf(framesOf(messages, 1))) >= ledger.lastSeq);
    const seen = seqIn(eventsOf(stream.frames()));
    await stream.until(() => seqIn(eventsOf(stream.frames())) > seen);
    const run = await ask(`${url}/v1/sessions/busy/runs/${runId}`, 'GET');
    if (run.body.status !== 'running') violations.push(`the run is ${run.body.status} at ${times.at(-1)}`);
    violations.push(...(await listedWrong(client, index + 3)));
  }
  await client.session('busy').interrupt({ runId });
  await stream.until(() => eventsOf(stream.frames()).some(({ type }) => type === 'run:cancelled'));
  const logs = await Promise.all(['talk', 'busy'].map((id) => readLog(client, id)));
  violations.push(...logs.flatMap(backwards), ...ledger.lostIn(logs[0] ?? []));
  client.close();
  return { times, violations };
}

/** Moves the clock, and resolves when a session that is made is of that time. */
async function moved({ url }: ServerProcess, clock: FakeClock, seconds: number, id: string): Promise<string> {
  clock.move(seconds);
  let createdAt = '';
  let tries = 0;
  await until(async () => {
    tries += 1;
    const { body } = await ask(`${url}/v1/sessions`, 'POST', { body: { id: `${id}-${tries}` } });
    createdAt = body.createdAt;
    const isThere = Math.abs(Date.parse(createdAt) - (Date.now() + seconds * 1_000)) < NEAR_MS;
    if (!isThere) await ask(`${url}/v1/sessions/${id}-${tries}`, 'DELETE');
    return isThere;
  });
  return createdAt;
}

/** A list has each session once, last changed first, however it is paged. */
async function listedWrong(client: PerdureClient, count: number): Promise<string[]> {
  const items: { id: string; updatedAt: string }[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await client.sessions.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items.flatMap((item) => item ?? []));
    cursor = page.nextCursor;
  }
  const ids = new Set(items.map(({ id }) => id));
  // A session that changes while it is paged can be met again, and never is one missed: the busy one goes on.
  const quiet = items.filter(({ id }) => id !== 'busy');
  const isSorted = quiet.every(
    ({ updatedAt }, index) => index === 0 || updatedAt <= (quiet[index - 1]?.updatedAt ?? ''),
  );
  const isWhole = ids.size === count && new Set(quiet.map(({ id }) => id)).size === quiet.length;
  return isSorted && isWhole
    ? []
    : [`the list is ${items.map(({ id, updatedAt }) => `${id} ${updatedAt}`).join()}`];
}

/** Times of a log that go back. */
function backwards(log: readonly AnyEvent[]): string[] {
  return log.flatMap(({ seq, at }, index) => {
    const before = log[index - 1];
    return before !== undefined && at < before.at
      ? [`${seq} is of ${at}, ${before.seq} of ${before.at}`]
      : [];
  });
}

const seqIn = (events: readonly AnyEvent[]) => events.at(-1)?.seq ?? 0;

/** Seconds from now to a moment. */
export const secondsTo = (moment: string) => Math.round((Date.parse(moment) - Date.now()) / 1_000);

/** There and back by two hours, over the end of 32 bits of seconds, and over both changes of summer time. */
export const everyJump = () => [
  2 * HOUR_S,
  -2 * HOUR_S,
  0,
  secondsTo('2027-03-28T00:59:58Z'),
  secondsTo('2027-03-28T01:00:02Z'),
  secondsTo('2027-10-31T00:59:58Z'),
  secondsTo('2027-10-31T01:00:02Z'),
  secondsTo('2038-01-19T03:14:05Z'),
  secondsTo('2038-01-19T03:14:10Z'),
  0,
];
