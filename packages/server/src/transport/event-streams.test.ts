import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type RunningServer, runningServer } from '../../test/running-server.ts';

interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: {
    readonly kind?: string;
    readonly after?: number;
    readonly through?: number;
    readonly error?: { code: string };
  };
}

const token = (name: string) => ({ authorization: `Bearer ${name}` });

/** Follows by `fetch` and takes the events apart by hand. */
async function* eventsOf(
  server: RunningServer,
  path: string,
  headers: Record<string, string> = {},
): AsyncGenerator<StreamEvent> {
  const left = new AbortController();
  const response = await fetch(`${server.url}${path}`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: left.signal,
  });
  expect(response.status).toBe(200);
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        if (data !== undefined) yield { id: field('id'), event: field('event'), data: JSON.parse(data) };
      }
    }
  } finally {
    left.abort();
  }
}

async function take(
  events: AsyncGenerator<StreamEvent>,
  until: (event: StreamEvent) => boolean,
): Promise<StreamEvent[]> {
  const taken: StreamEvent[] = [];
  for await (const event of events) {
    taken.push(event);
    if (until(event)) break;
  }
  return taken;
}

describe('a session as an event stream', () => {
  it('[E3] Last-Event-ID wins over after, and after over from; the ranges adjoin', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a', message: 'one two three' } });
    const whole = await take(eventsOf(server, '/v1/sessions/a/events?from=beginning'), ({ data }) =>
      JSON.stringify(data).includes('run:completed'),
    );
    let place = 0;
    for (const { data } of whole) {
      expect(data.after).toBe(place);
      place = data.through ?? place;
    }
    const cursor = whole.at(0)?.id ?? '';
    const resumed = (query: string, headers: Record<string, string>) =>
      take(eventsOf(server, `/v1/sessions/a/events${query}`, headers), () => true).then(
        ([first]) => first?.data,
      );
    const from = whole.at(0)?.data.through;
    expect(await resumed('?after=0.0&from=beginning', { 'last-event-id': cursor })).toMatchObject({
      after: from,
    });
    expect(await resumed(`?after=${cursor}&from=beginning`, {})).toMatchObject({ after: from });
    expect(await resumed('?from=beginning', {})).toMatchObject({ after: 0 });
    expect(await resumed('?from=now', {})).toMatchObject({ after: place, through: place });
    expect(await resumed('', {})).toMatchObject({ kind: 'snapshot', reason: 'start' });
  });

  it('[N6] ends with an error event when the credential expires, within five seconds', async () => {
    await using server = await runningServer({
      authenticate: ({ credential }) =>
        credential === 'soon' ? { id: 'ann', expiresAt: Date.now() + 300 } : { id: 'ann' },
    });
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' }, headers: token('ann') });
    const events = await take(eventsOf(server, '/v1/sessions/a/events', token('soon')), () => false);
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      data: { error: { code: 'unauthenticated', details: { reason: 'expired' } } },
    });
  });

  it('[A15] ends with an error event when the session is deleted', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const events: StreamEvent[] = [];
    for await (const event of eventsOf(server, '/v1/sessions/a/events')) {
      events.push(event);
      if (events.length === 1) await server.ask('DELETE', '/v1/sessions/a');
    }
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: { code: 'session-deleted' } } });
  });

  it('[E11] one stream more than allowed is refused before it starts, and one that leaves makes room', async () => {
    await using server = await runningServer({
      authenticate: () => ({ id: 'ann' }),
      limits: { principalStreams: 1 },
    });
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const first = eventsOf(server, '/v1/sessions/a/events');
    await first.next();
    const refused = await server.ask('GET', '/v1/sessions/a/events', {
      headers: { accept: 'text/event-stream' },
    });
    expect([refused.status, refused.error?.code]).toEqual([429, 'too-many-streams']);
    expect(refused.error?.details).toMatchObject({ limit: 'principalStreams', max: 1, current: 1 });
    expect(refused.headers.get('retry-after')).toBe('1');
    await first.return(undefined);
    await expect
      .poll(async () => {
        const next = eventsOf(server, '/v1/sessions/a/events');
        const { done } = await next.next().catch(() => ({ done: true }));
        await next.return(undefined);
        return done;
      })
      .toBe(false);
  });

  it('[A13] a client that leaves leaves no follower behind', async () => {
    await using server = await runningServer({
      authenticate: () => ({ id: 'ann' }),
      limits: { principalStreams: 3, sessionFollowersPerPrincipal: 3 },
    });
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    for (let round = 0; round < 20; round++) {
      const events = eventsOf(server, '/v1/sessions/a/events');
      await expect.poll(async () => (await events.next()).value?.data.kind).toBe('snapshot');
      await events.return(undefined);
      await wait(20);
    }
  });

  it('[G9] HEAD opens no stream, and a client that asks for no stream gets a page', async () => {
    await using server = await runningServer();
    await server.ask('POST', '/v1/sessions', { body: { id: 'a' } });
    const head = await server.ask('HEAD', '/v1/sessions/a/events', {
      headers: { accept: 'text/event-stream' },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/json']);
    const page = await server.ask('GET', '/v1/sessions/a/events', { headers: { accept: '*/*' } });
    expect(page.body).toMatchObject({ items: [{ type: 'session:created' }] });
  });
});
