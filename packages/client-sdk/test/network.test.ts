import { randomUUID } from 'node:crypto';
import { type AnyEvent, emptySessionState, reduceSession } from '@perdure/protocol';
import { functionAgent } from '@perdure/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClientClock, type ConnectionState, memoryStorage } from '../src/index.ts';
import type { ChaosProxyOptions } from './chaos-proxy.ts';
import { realServer } from './real-server.ts';

const scopes: AsyncDisposable[] = [];
afterEach(async () => {
  for (const scope of scopes.splice(0)) await scope[Symbol.asyncDispose]();
});

const PORTION = 400;
const PORTIONS = 6;

/** Something that waits until a test lets it go on. */
function newGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** One before each portion but the first. */
let gates: ReturnType<typeof newGate>[] = [];

/** Says numbered words as fast as they are taken, portion by portion. */
const counter = functionAgent(async (turn, session) => {
  for (let word = 1; word <= PORTION * PORTIONS && !turn.signal.aborted; word += 1) {
    if (!session.text(`${word} `)) await session.drained();
    if (word % 25 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    if (word % PORTION === 0) await gates[word / PORTION - 1]?.opened;
  }
});

/** Five times as fast as the platform's: the first retry comes after a tenth of a second. */
const quick: ClientClock = {
  after(ms, run) {
    const timer = setTimeout(run, ms / 5);
    return () => clearTimeout(timer);
  },
  soon: (run) => queueMicrotask(run),
  random: Math.random,
  id: () => randomUUID(),
};

async function start(network: ChaosProxyOptions = {}) {
  gates = Array.from({ length: PORTIONS - 1 }, newGate);
  const scope = await realServer({ agents: { counter } }, network);
  scopes.push(scope);
  return scope;
}

const everyWord = Array.from({ length: PORTION * PORTIONS }, (_, index) => `${index + 1} `).join('');

describe.each(['WebSocket', 'event stream'])('over %s, while the network breaks again and again', (wire) => {
  const options = { clock: quick, ...(wire === 'WebSocket' ? {} : { WebSocket: null }) };
  const ids = wire === 'WebSocket' ? '[D1][F3][E2]' : '[D1][F3][E3]';

  it(`${ids} a follower has what the server has, and a reader reads each event once`, async () => {
    const server = await start();
    const client = server.client(options);
    const { id } = await client.sessions.create({ agent: 'counter' });
    const session = client.session(id);
    session.subscribe(() => {});
    const told: number[] = [];
    session.onEvent((event) => {
      if (event.type !== 'status:changed') told.push(event.seq);
    });
    const read: AnyEvent[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      for await (const event of session.events({ signal: stop.signal })) {
        read.push(event);
        if (event.type === 'run:completed') return;
      }
    })();
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'));
    const { runId = '' } = await session.submit('count');

    const text = () => {
      const last = session.getSnapshot().state?.conversations['main']?.blocks.at(-1);
      return last?.type === 'assistant_text' ? last.content : '';
    };
    for (const [index, gate] of gates.entries()) {
      await vi.waitFor(() => expect(text()).toContain(` ${(index + 1) * PORTION} `), 10_000);
      gate.open(); // the next portion comes while the network breaks
      for (const ms of [0, 5, 120]) {
        await new Promise((resolve) => setTimeout(resolve, ms));
        server.proxy.cut();
      }
    }
    await reading;
    expect(server.proxy.cuts).toBeGreaterThanOrEqual(gates.length);

    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'), 5_000);
    const truth = server.client({ url: server.direct, ...options }).session(id);
    expect(session.getSnapshot().state).toEqual(await truth.load());
    const blocks = session.getSnapshot().state?.conversations['main']?.blocks;
    expect(blocks?.at(-1)).toMatchObject({
      type: 'assistant_text',
      content: everyWord,
      status: 'complete',
    });
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    const seqs = read.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(read.reduce(reduceSession, emptySessionState(id))).toEqual(session.getSnapshot().state);
    expect((await truth.run({ runId })).status).toBe('completed');
  });
});

describe('without a network', () => {
  it('[D14][D6] three messages said offline arrive once and in order after the page was loaded anew', async () => {
    const server = await start();
    const storage = memoryStorage();
    const [before, after] = [server.client({ storage }), () => server.client({ storage })];
    const { id } = await before.sessions.create({ agent: 'counter' });
    const other = await before.sessions.create({ agent: 'counter' });
    await before.session(id).submit('known', { run: false });
    server.proxy.goDown();
    for (const text of ['one', 'two', 'three']) {
      before
        .session(id)
        .submit(text, { run: false })
        .catch(() => {});
    }
    await vi.waitFor(() =>
      expect(
        before
          .session(id)
          .getSnapshot()
          .outbox.map(({ error }) => error?.code)[0],
      ).toBe('unreachable'),
    );
    expect(
      before
        .session(id)
        .getSnapshot()
        .outbox.map(({ content }) => content),
    ).toEqual(['one', 'two', 'three']);
    before.close();

    server.proxy.comeUp();
    const client = after(); // nobody opens the session: the client finds what was left unsent
    const truth = server.client({ url: server.direct });
    const said = async (sessionId: string) =>
      (await truth.session(sessionId).blocks({ order: 'asc' })).items.map(
        (block) => 'content' in block && block.content,
      );
    await vi.waitFor(async () => expect(await said(id)).toEqual(['known', 'one', 'two', 'three']), 5_000);
    await vi.waitFor(() => expect(client.session(id).getSnapshot().outbox).toEqual([]));
    expect(await said(other.id)).toEqual([]);
    client.close();
    expect(server.client({ storage }).session(id).getSnapshot().outbox).toEqual([]);
  });

  it('[D14] a message of which the answer is lost is there once', async () => {
    const server = await start();
    const answers: string[] = [];
    const client = server.client({
      // The request arrives, and its answer does not.
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (!String(input).endsWith('/messages') || answers.length > 1) return response;
        answers.push(await response.text());
        throw new TypeError('the network broke');
      },
    });
    const { id } = await client.sessions.create({ agent: 'counter' });
    const session = client.session(id);
    const { duplicate } = await session.submit('once', { run: false });
    expect([duplicate, answers.length]).toEqual([true, 2]);
    expect((await session.blocks()).items.length).toBe(1);
  });

  it('[E16][E13] the connection says so, is retried for ever, and the session goes on where it was', async () => {
    const server = await start();
    const client = server.client();
    const seen: string[] = [];
    const note = () => {
      const { status } = client.connection.get();
      if (seen.at(-1) !== status) seen.push(status);
    };
    note();
    client.connection.subscribe(note);
    const { id } = await client.sessions.create({ agent: 'counter' });
    const session = client.session(id);
    const phases: string[] = [];
    session.subscribe(() => {
      const { phase } = session.getSnapshot();
      if (phases.at(-1) !== phase) phases.push(phase);
    });
    await vi.waitFor(() => expect(phases.at(-1)).toBe('live'));
    server.proxy.goDown();
    await vi.waitFor(() => expect(client.connection.get().attempts).toBeGreaterThan(1), 10_000);
    await server.client({ url: server.direct }).session(id).submit('meanwhile', { run: false });
    server.proxy.comeUp();
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'), 10_000);
    expect(session.getSnapshot().resumed).toEqual({ kind: 'replay' });
    expect(session.getSnapshot().state?.conversations['main']?.blocks.length).toBe(1);
    expect(seen).toEqual(['connecting', 'open', 'reconnecting', 'open']);
    expect(phases.slice(-3)).toEqual(['live', 'replaying', 'live']);
  });
});

describe('where WebSockets are blocked', () => {
  it.each<[string, ChaosProxyOptions]>([
    ['refused', { refusesUpgrades: true }],
    ['swallowed', { swallowsUpgrades: true }],
  ])(
    '[E19] because upgrades are %s, a session is live by stream within 10 s, and commands work',
    async (_, network) => {
      const server = await start(network);
      const client = server.client();
      const states: ConnectionState[] = [];
      client.connection.subscribe(() => states.push(client.connection.get()));
      const { id } = await client.sessions.create({ agent: 'counter' });
      const session = client.session(id);
      for (const gate of gates) gate.open();
      const began = performance.now();
      session.subscribe(() => {});
      await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'), 10_000);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(client.connection.get()).toMatchObject({ status: 'open', transport: 'stream' });
      await session.submit('count');
      await vi.waitFor(() => {
        const last = session.getSnapshot().state?.conversations['main']?.blocks.at(-1);
        expect(last).toMatchObject({ status: 'complete', content: everyWord });
      }, 10_000);
    },
  );
});

describe('a credential', () => {
  it('[E13][F8] is asked for on every connect, refreshed once, never part of a URL, and its end ends the connection', async () => {
    const valid = new Set(['key-1', 'key-2', 'key-3', 'key-4', 'key-5']);
    const scope = await realServer({
      agents: { counter },
      authenticate: ({ credential }) =>
        credential !== undefined && valid.has(credential) ? { id: 'ann' } : null,
    });
    scopes.push(scope);
    let asked = 0;
    const client = scope.client({ token: () => `key-${++asked}` });
    const { id } = await client.sessions.create({ agent: 'counter' });
    const session = client.session(id);
    session.subscribe(() => {});
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'));
    scope.proxy.cut();
    await vi.waitFor(() => expect(client.connection.get().status).toBe('reconnecting'));
    await vi.waitFor(() => expect(client.connection.get().status).toBe('open'), 5_000);
    expect(asked).toBe(3);

    valid.clear();
    scope.proxy.cut();
    await vi.waitFor(() => expect(client.connection.get().status).toBe('failed'), 10_000);
    expect(asked).toBe(5);
    expect(client.connection.get().error?.code).toBe('unauthenticated');
    expect(session.getSnapshot()).toMatchObject({ status: 'ready', error: { code: 'unauthenticated' } });
    await expect(client.sessions.list()).rejects.toMatchObject({ code: 'unauthenticated' });

    valid.add(`key-${asked + 1}`);
    client.connection.reconnect();
    await vi.waitFor(() => expect(session.getSnapshot().phase).toBe('live'), 5_000);
    expect(scope.proxy.requestLines.length).toBeGreaterThan(4);
    expect(scope.proxy.requestLines.join('\n')).not.toContain('key-');
  });

  it('[F8] in the url of a client is refused at once', async () => {
    const server = await start();
    for (const url of ['https://ann:secret@x.dev', 'https://x.dev?token=secret', 'https://x.dev/#secret'])
      expect(() => server.client({ url })).toThrow(expect.objectContaining({ code: 'credential-in-url' }));
    expect(() => server.client({ url: 'not a url' })).toThrow(
      expect.objectContaining({ code: 'invalid-target' }),
    );
  });
});
