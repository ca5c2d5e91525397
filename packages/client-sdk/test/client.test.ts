import { echoAgent, functionAgent } from '@perdure/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ClientSession,
  isPerdureError,
  type LogEvent,
  type PerdureClient,
  type PerdureClientOptions,
  textOf,
} from '../src/index.ts';
import { realServer } from './real-server.ts';

type Server = Awaited<ReturnType<typeof realServer>>;

/** Opens and ends of subscriptions, as the wire saw them. */
class Wiretap {
  opened = 0;
  ended = 0;

  readonly WebSocket = this.#webSocket();

  readonly fetch =
    (inner: typeof globalThis.fetch): typeof globalThis.fetch =>
    (input, init) => {
      if (new Headers(init?.headers).get('accept') === 'text/event-stream') {
        this.opened += 1;
        init?.signal?.addEventListener('abort', () => {
          this.ended += 1;
        });
      }
      return inner(input, init);
    };

  #webSocket() {
    const see = (text: string) => {
      this.opened += text.split('"method":"subscription"').length - 1;
      this.ended += text.split('"method":"subscription.stop"').length - 1;
    };
    return class extends globalThis.WebSocket {
      override send(data: string): void {
        see(data);
        super.send(data);
      }
    };
  }
}

/** The ways in which one client reaches one server. */
const wires: Record<
  string,
  (server: Server, tap: Wiretap, more?: Partial<PerdureClientOptions>) => PerdureClient
> = {
  WebSocket: (server, { WebSocket }, more) => server.client({ WebSocket, ...more }),
  'event stream': (server, tap, more) =>
    server.client({ WebSocket: null, fetch: tap.fetch(globalThis.fetch), ...more }),
  'runtime.as()': (server, tap, more) => {
    const { url, fetch } = server.runtime.as({ id: 'open' });
    return server.client({ url, fetch: tap.fetch(fetch), ...more });
  },
};

describe.each(Object.keys(wires))('a client over %s', (wire) => {
  let server: Server;
  let client: PerdureClient;
  let tap: Wiretap;
  const another = (more: Partial<PerdureClientOptions>) =>
    wires[wire]?.(server, new Wiretap(), more) ?? fail();

  beforeEach(async () => {
    server = await realServer({
      agents: {
        echo: echoAgent(),
        patient: functionAgent(
          (turn) => new Promise((resolve) => turn.signal.addEventListener('abort', () => resolve())),
        ),
        painter: functionAgent((_turn, session) => void session.event('chart:ready', { url: 'x' })),
      },
    });
    tap = new Wiretap();
    client = wires[wire]?.(server, tap) ?? fail();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const start = async (agent = 'echo', options = { delayMs: 0 }) =>
    client.session((await client.sessions.create({ agent, options })).id);
  const texts = (session: ClientSession) =>
    session
      .getSnapshot()
      .state?.conversations['main']?.blocks.map((block) =>
        block.type === 'user_message'
          ? textOf(block.content)
          : 'content' in block
            ? block.content
            : block.type,
      );
  const shows = (session: ClientSession, ...expected: string[]) =>
    vi.waitFor(() => expect(texts(session)).toEqual(expected), 5_000);

  it('[Q24][F11] says, streams and shows', async () => {
    const session = await start();
    const seen: string[] = [];
    session.subscribe(() => void seen.push(`${session.getSnapshot().status} ${session.getSnapshot().phase}`));
    const { runId, seq, duplicate } = await session.submit('the quick brown fox');
    expect(duplicate).toBe(false);
    await shows(session, 'the quick brown fox', 'the quick brown fox');
    expect(seen.at(-1)).toBe('ready live');
    expect(await session.run({ runId: runId ?? '', wait: 5 })).toMatchObject({ status: 'completed' });
    expect(Number(session.getSnapshot().cursor.split('.')[1])).toBeGreaterThan(seq);
    expect(client.connection.get()).toMatchObject({ status: 'open', error: undefined });
    expect(session.getSnapshot().outbox).toEqual([]);
  });

  it('[Q24][D13] shows the same words sent twice two times, each once', async () => {
    const session = await start();
    session.subscribe(() => {});
    const most: number[] = [];
    session.subscribe(() => {
      const { state, outbox } = session.getSnapshot();
      const said =
        state?.conversations['main']?.blocks.filter(({ type }) => type === 'user_message').length ?? 0;
      most.push(said + (state?.queue.length ?? 0) + outbox.length);
    });
    await Promise.all([session.submit('again'), session.submit('again')]);
    await shows(session, 'again', 'again', 'again', 'again');
    expect(Math.max(...most)).toBe(2);
  });

  it('[Q24][D4] reads events from the beginning and from a cursor, typed, each once', async () => {
    const session = await start();
    const { runId } = await session.submit('one two three');
    await session.run({ runId: runId ?? '', wait: 5 });
    const state = await session.load();
    expect(state.activity).toBe('idle');
    const { cursor } = session.getSnapshot();
    const all: LogEvent[] = [];
    const stop = new AbortController();
    const head = Number(cursor.split('.')[1]);
    for await (const event of session.events({ signal: stop.signal })) {
      all.push(event);
      if (event.seq === head) break;
    }
    const seqs = all.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect([seqs[0], seqs.at(-1)]).toEqual([1, head]);
    const said = all.find((event) => event.type === 'block:complete')?.payload.block;
    expect(said).toMatchObject({ type: 'assistant_text', content: 'one two three' });

    const page = await session.eventPage({ limit: 3, types: ['run:started', 'run:completed'] });
    expect(page.items.map(({ type }) => type)).toEqual(['run:started', 'run:completed']);
    const later = session.events({ after: cursor, signal: stop.signal })[Symbol.asyncIterator]();
    const next = later.next();
    await session.submit('more');
    expect((await next).value).toMatchObject({ seq: head + 1, type: 'message:queued' });
    stop.abort();
    await vi.waitFor(async () => expect((await later.next()).done).toBe(true));
  });

  it('[Q24][Q2][N1] tells a session that is not there, was deleted, or was never reachable by this cursor', async () => {
    const missing = client.session('nope');
    await expect(missing.load()).rejects.toMatchObject({ code: 'session-not-found' });
    expect(missing.getSnapshot().status).toBe('not-found');

    const session = await start();
    session.subscribe(() => {});
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'));
    expect(session.getSnapshot().resumed).toEqual({ kind: 'snapshot', reason: 'start' });
    const read = session.events({ after: '1.1' })[Symbol.asyncIterator]().next();
    await expect(read).rejects.toMatchObject({ code: 'invalid-cursor', details: { reason: 'epoch' } });
    await session.delete();
    await vi.waitFor(() => expect(session.getSnapshot().status).toBe('deleted'));
    expect(session.getSnapshot().error?.code).toBe('session-deleted');
    const refused = await session.submit('too late').catch((error: unknown) => error);
    expect(isPerdureError(refused) && refused.retry).toBe('never');
    expect(session.getSnapshot().outbox.map(({ status }) => status)).toEqual(['failed']);
  });

  it('[Q24] interrupts, queues, edits, holds and releases', async () => {
    const session = await start('patient', {} as never);
    session.subscribe(() => {});
    const { runId } = await session.submit('work');
    await vi.waitFor(() => expect(session.getSnapshot().state?.activity).toBe('running'));
    await session.submit('first');
    await session.submit('second');
    await vi.waitFor(() => expect(session.getSnapshot().state?.queue.length).toBe(2));
    const queued = () => session.getSnapshot().state?.queue.map(({ content }) => content);
    const [first, second] = session.getSnapshot().state?.queue.map(({ messageId }) => messageId) ?? [];
    await session.queue.update({ messageId: first ?? '', content: 'changed' });
    await session.queue.promote({ messageId: second ?? '' });
    await vi.waitFor(() => expect(queued()).toEqual(['second', 'changed']));
    await session.queue.remove({ messageId: first ?? '' });
    await session.interrupt({ runId: runId ?? '' });
    await vi.waitFor(() => expect(session.getSnapshot().state?.held).toBe('interrupt'));
    expect(queued()).toEqual(['second']);
    await session.queue.hold();
    await session.queue.release();
    await vi.waitFor(() => expect(session.getSnapshot().state?.activity).toBe('running'));
    expect((await session.runs()).items.length).toBeGreaterThan(1);
  });

  it('[Q24] lists, changes and finds sessions, and tells its status and own events', async () => {
    const session = await start('painter', {} as never);
    await session.update({ title: 'A chart', tags: ['x'], metadata: { team: 'blue' } });
    const list = await client.sessions.list({ metadata: { team: 'blue' }, count: true });
    expect([list.items.map((item) => item?.title), list.count]).toEqual([['A chart'], 1]);
    expect((await client.sessions.list({ ids: [session.id, 'nope'] })).items.map((item) => item?.id)).toEqual(
      [session.id, undefined],
    );
    const told: string[] = [];
    session.onEvent((event) => {
      if (event.type === 'app:event') told.push(event.payload.name);
      if (event.type !== 'status:changed') return;
      const { activity } = event.payload.runtime;
      if (told.at(-1) !== activity) told.push(activity); // the environment starts meanwhile
    });
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'));
    await session.submit('paint');
    await vi.waitFor(() => expect(told).toEqual(['queued', 'running', 'chart:ready', 'idle']));
    expect((await session.blocks({ order: 'asc' })).items[0]).toMatchObject({ type: 'user_message' });
  });

  it('[Q24][F2] has one subscription for all who look, and none when the last has left', async () => {
    const session = await start();
    const stops = Array.from({ length: 5 }, () => session.subscribe(() => {}));
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'));
    await session.load();
    expect([tap.opened, tap.ended]).toEqual([1, 0]);
    for (const stop of stops) stop();
    await vi.waitFor(() => expect([tap.opened, tap.ended]).toEqual([1, 1]));
  });

  it('[Q24][F10] keeps sessions apart', async () => {
    const [one, two] = [await start(), await start('patient', {} as never)];
    for (const session of [one, two]) session.subscribe(() => {});
    await two.submit('long');
    await vi.waitFor(() => expect(two.getSnapshot().state?.activity).toBe('running'));
    expect(one.getSnapshot().state?.activity).toBe('idle');
    await one.submit('short');
    await shows(one, 'short', 'short');
    expect(texts(two)).toEqual(['long']);
  });

  it('[Q24][F9] keeps a bounded number of blocks and fetches older ones', async () => {
    const session = await start();
    for (let n = 0; n < 40; n += 1) await session.submit(`m${n}`, { run: false });
    const small = another({ keepBlocks: 10 });
    const own = small.session(session.id);
    own.subscribe(() => {});
    await own.load();
    expect(texts(own)?.length).toBe(10);
    while (await own.loadOlder());
    expect(texts(own)).toEqual(Array.from({ length: 40 }, (_, n) => `m${n}`));
  });

  it('[Q24] says hello, and refuses here what the server would not take', async () => {
    const hello = await client.hello();
    expect(hello.protocol).toContain(1);
    const session = await start();
    const max = hello.limits['bodyBytes'] ?? 0;
    const refused = session.submit('x'.repeat(max + 1));
    await expect(refused).rejects.toMatchObject({ code: 'payload-too-large', details: { max } });
    await session.submit('small');
  });
});

function fail(): never {
  throw new Error('There is no such wire.');
}
