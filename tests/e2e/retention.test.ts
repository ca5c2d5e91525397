import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPerdureClient } from '@perdure/client';
import {
  type AnyEvent,
  emptySessionState,
  type FollowFrame,
  reduceSession,
  type SessionState,
  windowSessionState,
} from '@perdure/protocol';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ask } from './support/running-server.ts';
import { type ServerProcess, startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { eventsOf, framesOf, type TrpcSocket, trpcSocket } from './support/trpc-socket.ts';

const config = fileURLToPath(new URL('./support/retention.config.ts', import.meta.url));
const KEPT = 100;
const retaining = { config, env: { KEEP_EVENTS: String(KEPT) } };

const foldOf = (id: string, events: readonly AnyEvent[]): SessionState =>
  windowSessionState(events.reduce(reduceSession, emptySessionState(id)));

const placeOf = (cursor: string) => cursor.split('.').map(Number) as [epoch: number, seq: number];

/** Sends a message and waits until its run has ended. */
async function say({ url }: ServerProcess, id: string, content: string): Promise<void> {
  const path = `${url}/v1/sessions/${id}`;
  const { body } = await ask(`${path}/messages`, 'POST', { body: { content } });
  const ended = await ask(`${path}/runs/${body.runId}?wait=20`, 'GET');
  expect(ended.body.status).toBe('completed');
}

/** The frames under an id, as soon as the last of them is live. */
async function caughtUp(socket: TrpcSocket, id: number): Promise<FollowFrame[]> {
  return socket.until((messages) => {
    const frames = framesOf(messages, id);
    return frames.at(-1)?.live === true && frames;
  });
}

/** Follows from a cursor until it has caught up, and leaves. */
async function resumed(socket: TrpcSocket, call: number, sessionId: string, lastEventId: string) {
  socket.follow(call, { sessionId, lastEventId });
  const frames = await caughtUp(socket, call);
  socket.send({ id: call, method: 'subscription.stop' });
  return frames;
}

/** All that someone has seen who follows from the beginning, up to a place. */
async function seenUpTo(socket: TrpcSocket, id: number, seq: number): Promise<AnyEvent[]> {
  return socket.until((messages) => {
    const frames = framesOf(messages, id);
    const through = placeOf(frames.at(-1)?.cursor ?? '0.0')[1];
    return through >= seq && eventsOf(frames);
  });
}

test('[C12][Q1] after a compaction every old cursor, from the first to the last, resumes to the same state', async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ directory: data.path, config });
  const client = createPerdureClient({ url: server.url });
  const { id } = await client.sessions.create({ options: { repeat: 40, delayMs: 1 } });
  using steady = await trpcSocket(server.url);
  steady.follow(1, { sessionId: id, from: 'beginning' });
  for (const content of ['one two', 'three']) await say(server, id, content);
  const deltas = () => client.session(id).eventPage({ types: ['block:delta'], limit: 1 });
  await expect.poll(async () => (await deltas()).items.length).toBe(0);
  client.close();
  // Nothing of what was said is in memory, only the log.
  await server.kill('SIGKILL');
  await using second = await startServer({ directory: data.path, config });
  const { cursor, state } = (await ask(`${second.url}/v1/sessions/${id}`, 'GET')).body;
  const [epoch, head] = placeOf(cursor);
  const frames = framesOf(steady.messages, 1);
  const seen = eventsOf(frames);
  expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  expect(seen.filter(({ type }) => type === 'block:delta').length).toBeGreaterThan(20);
  expect(foldOf(id, seen)).toEqual(state);
  using socket = await trpcSocket(second.url);
  for (let seq = 0; seq <= head; seq += 1) {
    const told = await resumed(socket, seq + 1, id, seq === 0 ? '0.0' : `${epoch}.${seq}`);
    expect([seq, told.map(({ kind }) => kind).includes('snapshot')]).toEqual([seq, false]);
    const rest = eventsOf(told);
    expect(rest.length).toBeLessThanOrEqual(head - seq);
    expect([seq, foldOf(id, [...seen.slice(0, seq), ...rest])]).toEqual([seq, state]);
  }
}, 60_000);

test('[C12][D5] of a log that keeps its end, an old place gets the state and why, and a kept one goes on', async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ directory: data.path, ...retaining });
  const client = createPerdureClient({ url: server.url });
  const { id } = await client.sessions.create({ agent: 'talker' });
  client.close();
  using steady = await trpcSocket(server.url);
  steady.follow(1, { sessionId: id, from: 'beginning' });
  const path = `/v1/sessions/${id}/events`;
  const firstKept = async (url: string) => (await ask(`${url}${path}?limit=1`, 'GET')).body.items[0].seq;
  let runs = 0;
  for (; (await firstKept(server.url)) === 1; runs += 1) await say(server, id, `message ${runs}`);
  const { cursor: before } = (await ask(`${server.url}/v1/sessions/${id}`, 'GET')).body;
  await seenUpTo(steady, 1, placeOf(before)[1]);
  await server.kill('SIGKILL'); // right after
  await using second = await startServer({ directory: data.path, ...retaining });
  const { cursor, state } = (await ask(`${second.url}/v1/sessions/${id}`, 'GET')).body;
  expect(cursor).toBe(before);
  const seen = eventsOf(framesOf(steady.messages, 1));
  expect(foldOf(id, seen)).toEqual(state);
  const [epoch, head] = placeOf(cursor);
  const floor = head - KEPT;
  expect(await firstKept(second.url)).toBe(floor + 1);

  using socket = await trpcSocket(second.url);
  const lost = ['0.0', ...[1, 2, floor - 1].map((seq) => `${epoch}.${seq}`)];
  for (const [index, old] of lost.entries()) {
    const told = await resumed(socket, index + 1, id, old);
    expect([old, told]).toEqual([
      old,
      [{ kind: 'snapshot', reason: 'retention', cursor, state, live: true }],
    ]);
    if (old !== '0.0') {
      const page = await ask(`${second.url}${path}?after=${old}`, 'GET');
      const error = { code: 'invalid-cursor', details: { reason: 'retention' } };
      expect([old, page.status, page.error]).toMatchObject([old, 400, error]);
      expect(page.error?.message).toContain('read without a cursor');
    }
  }
  for (let seq = floor; seq <= head; seq += 1) {
    const told = await resumed(socket, 1_000 + seq, id, `${epoch}.${seq}`);
    expect([seq, told.map(({ kind }) => kind).includes('snapshot')]).toEqual([seq, false]);
    expect([seq, foldOf(id, [...seen.slice(0, seq), ...eventsOf(told)])]).toEqual([seq, state]);
  }

  const kept = seen.filter(({ seq }) => seq > floor).map(({ seq }) => seq);
  const pageOf = async (query: string): Promise<number[]> =>
    (await ask(`${second.url}${path}?limit=100&${query}`, 'GET')).body.items.map(({ seq }: AnyEvent) => seq);
  const deltas = seen.filter(({ type }) => type === 'block:delta').map(({ seq }) => seq);
  const paged = kept.filter((seq) => !deltas.includes(seq));
  expect((await pageOf('order=asc')).filter((seq) => !deltas.includes(seq))).toEqual(paged);
  const newestFirst = await pageOf('order=desc');
  expect(newestFirst.filter((seq) => !deltas.includes(seq))).toEqual(paged.toReversed());

  // It goes on as if nothing were gone.
  await say(second, id, 'and then');
  const after = (await ask(`${second.url}/v1/sessions/${id}`, 'GET')).body;
  const rest = await resumed(socket, 9_999, id, cursor);
  expect(foldOf(id, [...seen, ...eventsOf(rest)])).toEqual(after.state);
}, 60_000);

test('[C12] a session that goes on and on takes no more of the disk than what is kept of it', async () => {
  using data = temporaryDirectory();
  const sizes: number[] = [];
  let id = '';
  for (const rounds of [8, 14]) {
    await using server = await startServer({ directory: data.path, ...retaining });
    const client = createPerdureClient({ url: server.url });
    if (id === '') ({ id } = await client.sessions.create({ agent: 'talker' }));
    client.close();
    for (let round = 0; round < rounds; round += 1) await say(server, id, `${rounds} ${round}`);
    const entries = () =>
      countOf(data.path, 'SELECT count(*) FROM entry WHERE through <= (SELECT floor FROM session)');
    await expect.poll(entries).toBe(0);
    expect((await server.kill('SIGTERM')).code).toBe(0);
    sizes.push(statSync(join(data.path, 'perdure.db')).size);
  }
  const [first = 0, last = 0] = sizes;
  expect(countOf(data.path, 'SELECT head FROM session')).toBeGreaterThan(22 * 60);
  expect(countOf(data.path, 'SELECT head - floor FROM session')).toBeLessThanOrEqual(2 * KEPT + 80);
  expect(last).toBeLessThan(first * 1.25);
  expect(last).toBeLessThan(22 * 60 * 500); // what was said, without anything around it
}, 90_000);

function countOf(directory: string, sql: string): number {
  const database = new Database(join(directory, 'perdure.db'), { readonly: true });
  try {
    return database.prepare<[], number>(sql).pluck().get() ?? Number.NaN;
  } finally {
    database.close();
  }
}
