import { expect, test } from 'vitest';
import { manualClock } from '../../test/manual-clock.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { createClientSession } from './client-session.ts';
import type { SessionEntry } from './session-registry.ts';

/** A handle whose calls are told instead of made. */
function handle() {
  const calls: unknown[][] = [];
  const told =
    (name: string) =>
    (...given: unknown[]) => {
      calls.push([name, ...given]);
      return name;
    };
  const names = ['getSnapshot', 'subscribe', 'onEvent', 'load', 'loadOlder', 'submit', 'discard', 'resend'];
  const parts = Object.fromEntries(names.map((name) => [name, told(name)]));
  const entry = () => ({ followed: parts, outbox: parts }) as unknown as SessionEntry;
  const rest = { call: async (...given: unknown[]) => told('call')(...given) } as unknown as RestClient;
  const follow = () => () => undefined;
  return { calls, session: createClientSession('one', { rest, clock: manualClock(), follow, entry }) };
}

const message = { messageId: 'm' };

test('each command goes to its route, with the session, its input and an id of its own', async () => {
  const { session, calls } = handle();
  await session.interrupt({ runId: 'r' });
  await session.update({ title: 't' });
  await session.queue.update({ ...message, content: 'better' });
  await session.queue.remove(message);
  await session.queue.promote(message);
  await session.queue.hold();
  await session.queue.release();
  const inputs = [
    { runId: 'r' },
    { title: 't' },
    { ...message, content: 'better' },
    message,
    message,
    {},
    {},
  ];
  const routes = [
    'POST /v1/sessions/{id}/interrupt',
    'PATCH /v1/sessions/{id}',
    'PATCH /v1/sessions/{id}/queue/{messageId}',
    'DELETE /v1/sessions/{id}/queue/{messageId}',
    'POST /v1/sessions/{id}/queue/{messageId}/promote',
    'POST /v1/sessions/{id}/queue/hold',
    'POST /v1/sessions/{id}/queue/release',
  ];
  expect(calls).toEqual(
    routes.map((route, index) => [
      'call',
      route,
      { sessionId: 'one', ...inputs[index], commandId: `id-${index + 1}` },
      { signal: undefined },
    ]),
  );
});

test('[J4] a command that comes with an id keeps it, and no signal is sent', async () => {
  const { session, calls } = handle();
  const { signal } = new AbortController();
  await session.queue.hold({ commandId: 'mine', signal });
  expect(calls).toEqual([
    ['call', 'POST /v1/sessions/{id}/queue/hold', { sessionId: 'one', commandId: 'mine' }, { signal }],
  ]);
});

test('what is only read has no id of a command', async () => {
  const { session, calls } = handle();
  await session.delete();
  await session.run({ runId: 'r', wait: 5 });
  await session.runs({ limit: 1 });
  await session.blocks({ order: 'asc' });
  await session.eventPage();
  expect(calls.map(([, route, input]) => [route, input])).toEqual([
    ['DELETE /v1/sessions/{id}', { sessionId: 'one' }],
    ['GET /v1/sessions/{id}/runs/{runId}', { sessionId: 'one', runId: 'r', wait: 5 }],
    ['GET /v1/sessions/{id}/runs', { sessionId: 'one', limit: 1 }],
    ['GET /v1/sessions/{id}/blocks', { sessionId: 'one', order: 'asc' }],
    ['GET /v1/sessions/{id}/events', { sessionId: 'one' }],
  ]);
});

test('what the client holds of the session is asked for at each call', async () => {
  const { session, calls } = handle();
  const { signal } = new AbortController();
  const listener = () => undefined;
  session.getSnapshot();
  session.subscribe(listener);
  session.onEvent(listener);
  session.load({ signal });
  session.loadOlder('side', { signal });
  await session.submit('hello');
  await session.submit('again', { commandId: 'mine', signal, delivery: 'interrupt' });
  session.discard('mine');
  session.resend('mine');
  expect(calls).toEqual([
    ['getSnapshot'],
    ['subscribe', listener],
    ['onEvent', listener],
    ['load', { signal }],
    ['loadOlder', 'side', { signal }],
    ['submit', 'id-1', { content: 'hello' }, undefined],
    ['submit', 'mine', { content: 'again', delivery: 'interrupt' }, signal],
    ['discard', 'mine'],
    ['resend', 'mine'],
  ]);
  expect(session.id).toBe('one');
});
