import type { FollowFrame } from '@perdure/protocol';
import { expect, test, vi } from 'vitest';
import { readLog } from './support/event-log.ts';
import { type PlainClient, plainSocketClient, plainStreamClient } from './support/plain-client.ts';
import { runningServer } from './support/running-server.ts';
import { eventsOf } from './support/trpc-socket.ts';

const people = { 'token-of-ann': { id: 'ann' } };
const authenticate = ({ credential }: { credential?: string | undefined }) =>
  people[credential as keyof typeof people] ?? null;

const clients: Record<string, (url: string, token?: string) => PlainClient> = {
  '[E2] wsLink': plainSocketClient,
  '[E3] httpSubscriptionLink with an EventSource that sends headers': plainStreamClient,
};

test.each(Object.keys(clients))(
  '%s of a plain tRPC client follows a session and resumes from its cursor',
  async (name) => {
    await using server = await runningServer({ authenticate });
    const client = server.client({ token: 'token-of-ann' });
    const { id } = await client.sessions.create({ options: { delayMs: 0 } });
    using plain = clients[name]?.(server.url, 'token-of-ann') ?? fail();
    const frames: FollowFrame[] = [];
    const errors: unknown[] = [];
    const subscription = plain.trpc.sessions.follow.subscribe(
      { sessionId: id, from: 'beginning' },
      { onData: ({ data }) => void frames.push(data), onError: (error) => void errors.push(error) },
    );
    const { runId } = await client.session(id).submit('one two three');
    const isDone = () =>
      eventsOf(frames).some((event) => event.type === 'run:completed' && event.runId === runId);
    await vi.waitUntil(isDone, 10_000);
    subscription.unsubscribe();
    const first = frames.splice(0);
    const cursor = first.at(-1)?.cursor ?? '';

    await client.session(id).submit('meanwhile', { run: false });
    const resumed = plain.trpc.sessions.follow.subscribe(
      { sessionId: id, lastEventId: cursor },
      { onData: ({ data }) => void frames.push(data), onError: (error) => void errors.push(error) },
    );
    const isThere = () => eventsOf(frames).some((event) => event.type === 'message:delivered');
    await vi.waitUntil(isThere, 10_000);
    resumed.unsubscribe();
    const seqs = eventsOf([...first, ...frames]).map((event) => event.seq);
    expect(seqs).toEqual(seqs.map((_seq, index) => index + 1));
    const kept = (await readLog(client, id)).map((event) => event.seq);
    expect(kept.filter((seq) => !seqs.includes(seq))).toEqual([]);
    expect(errors).toEqual([]);
  },
);

test('[E2] a plain tRPC client does everything over its WebSocket', async () => {
  await using server = await runningServer();
  using plain = plainSocketClient(server.url);
  const { id } = await plain.trpc.sessions.create.mutate({ title: 'Plain', options: { delayMs: 0 } });
  const { runId = '' } = await plain.trpc.sessions.submit.mutate({ sessionId: id, content: 'hello' });
  const run = await plain.trpc.sessions.run.query({ sessionId: id, runId, wait: 30 });
  expect(run.status).toBe('completed');
  expect((await plain.trpc.sessions.list.query({})).items).toMatchObject([{ id, title: 'Plain' }]);
  await plain.trpc.sessions.delete.mutate({ sessionId: id });
  const gone = await plain.trpc.sessions.get.query({ sessionId: id }).catch((error: unknown) => error);
  expect(gone).toMatchObject({ data: { code: 'NOT_FOUND', perdure: { code: 'session-not-found' } } });
});

function fail(): never {
  throw new Error('There is no such client.');
}
