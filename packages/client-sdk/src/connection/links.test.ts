import type { PerdureError } from '@perdure/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { cursorAt, eventsFrame, snapshotFrame } from '../../test/frames-of.ts';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import { startWireServer, type WireFollow, type WireServerOptions } from '../../test/wire-server.ts';
import type { FollowLink } from './follow-link.ts';
import { openStreamLink } from './stream-link.ts';
import { openWebSocketLink } from './web-socket-link.ts';

const { events } = new SampleLog();
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

type Kind = 'websocket' | 'websocket of ws' | 'stream';

async function scenario(
  kind: Kind,
  options: Partial<WireServerOptions> = {},
  token: string | null = 'secret-key',
  made: WebSocket[] = [],
) {
  const follows: WireFollow[] = [];
  const server = await startWireServer({ onFollow: (follow) => void follows.push(follow), ...options });
  const told: string[] = [];
  const clock = manualClock();
  const linkEvents = {
    accepted: () => void (told.includes('accepted') || told.push('accepted')),
    lost: ({ code, details }: PerdureError, isMute?: boolean) =>
      void told.push(`lost ${code} ${details?.['closeCode'] ?? ''}${isMute ? 'mute' : ''}`.trim()),
  };
  const Base =
    kind === 'websocket' ? globalThis.WebSocket : (NodeWebSocket as unknown as typeof globalThis.WebSocket);
  const WebSocket = class extends Base {
    constructor(...args: ConstructorParameters<typeof globalThis.WebSocket>) {
      super(...args);
      made.push(this);
    }
  };
  const link: FollowLink =
    kind === 'stream'
      ? openStreamLink({ base: server.url, fetch, token: token ?? undefined, clock }, linkEvents)
      : openWebSocketLink({ base: server.url, WebSocket, token: token ?? undefined, clock }, linkEvents);
  endings.push(
    () => server.close(),
    () => link.close(),
  );
  const follow = (sessionId = 's1', more = {}) => {
    const log: string[] = [];
    const stop = link.follow(
      { sessionId, lastEventId: cursorAt(1), ...more },
      {
        frame: (frame) => void log.push(`${frame.kind} ${frame.cursor}`),
        ended: (error) => void log.push(`ended ${error?.code ?? ''}`.trim()),
      },
    );
    return { log, stop };
  };
  const followed = (count = 1) =>
    vi.waitFor(() => expect(follows.length).toBe(count)).then(() => follows.at(-1) ?? fail());
  return { server, link, follow, followed, follows, told, clock };
}

function fail(): never {
  throw new Error('Nobody follows.');
}

const live = eventsFrame(events, 1, 1);
const heard = (log: readonly string[], ...lines: string[]) => vi.waitFor(() => expect(log).toEqual(lines));

describe.each<Kind>(['websocket', 'websocket of ws', 'stream'])('a link by %s', (kind) => {
  it('[E2][E3] brings frames and the place asked for, and hears nothing after its stop', async () => {
    const { follow, followed, told } = await scenario(kind);
    const mine = follow('s1', { types: ['log', 'error'] });
    const wire = await followed();
    expect(wire.input).toEqual({ sessionId: 's1', lastEventId: cursorAt(1), types: ['log', 'error'] });
    wire.frame(live);
    wire.frame(snapshotFrame(events));
    await heard(mine.log, `events ${cursorAt(1)}`, `snapshot ${cursorAt(1)}`);
    expect(told).toEqual(['accepted']);
    mine.stop();
    await vi.waitFor(() => expect(wire.isStopped).toBe(true));
    expect(mine.log.length).toBe(2);
  });

  it('[F8][E13] sends credential and protocol version outside of the URL', async () => {
    const { server, follow, followed } = await scenario(kind);
    follow();
    await followed();
    expect(server.urls.length).toBe(1);
    expect(server.urls.join()).not.toContain('secret-key');
    if (kind === 'stream') {
      expect(server.headers[0]).toMatchObject({
        authorization: 'Bearer secret-key',
        'perdure-protocol': '1',
      });
    } else expect(server.params).toEqual([{ token: 'secret-key', protocol: '1' }]);
  });

  it('[N1] tells the error of one subscription to that one, typed', async () => {
    const { follow, followed, told } = await scenario(kind);
    const [first, second] = [follow('s1'), follow('s2')];
    const wire = await followed(2);
    wire.fail('session-not-found');
    const [mine, other] = wire.input.sessionId === 's1' ? [first, second] : [second, first];
    await heard(mine.log, 'ended session-not-found');
    expect(other.log).toEqual([]);
    expect(told).toEqual(['accepted']);
  });

  it('tells that the server ended a subscription', async () => {
    const { follow, followed, told } = await scenario(kind);
    const { log } = follow();
    const wire = await followed();
    wire.frame(live);
    wire.end();
    await heard(log, `events ${cursorAt(1)}`, kind === 'stream' ? 'ended unreachable' : 'ended');
    expect(told).toEqual(['accepted']);
  });

  it('an error after the first frame is typed, too', async () => {
    const { follow, followed } = await scenario(kind);
    const { log } = follow();
    const wire = await followed();
    wire.frame(live);
    wire.fail('session-deleted');
    await heard(log, `events ${cursorAt(1)}`, 'ended session-deleted');
  });

  it('rubbish ends the subscription, to be followed anew', async () => {
    const { follow, followed } = await scenario(kind);
    const { log } = follow();
    (await followed()).frame({ kind: 'events', cursor: 'x' } as never);
    await heard(log, 'ended internal');
  });

  it('[D1] what looks like a frame and cannot be folded ends the subscription by an error of ours', async () => {
    const { link, followed } = await scenario(kind);
    const errors: unknown[] = [];
    const frame = () => {
      throw new TypeError('a state without blocks');
    };
    link.follow({ sessionId: 's1' }, { frame, ended: (error) => void errors.push(error) });
    (await followed()).frame(live);
    await vi.waitFor(() => expect(errors).toMatchObject([{ name: 'PerdureError', code: 'internal' }]));
  });

  it('is lost once, without a word to its subscriptions, when the network breaks', async () => {
    const { server, follow, followed, told } = await scenario(kind);
    const { log } = follow();
    (await followed()).frame(live);
    await heard(log, `events ${cursorAt(1)}`);
    await server.close();
    await vi.waitFor(() => expect(told.length).toBe(2));
    expect(told[1]).toMatch(/^lost unreachable/);
    await settled();
    expect([told.length, log.length]).toEqual([2, 1]);
  });

  it('is lost when there is no server', async () => {
    const { server, follow, told, link } = await scenario(kind);
    link.close();
    await server.close();
    const dead = await scenario(kind);
    await dead.server.close();
    dead.follow();
    await vi.waitFor(() => expect(dead.told).toEqual(['lost unreachable']));
    follow();
    expect(told).toEqual([]); // and a closed one tells nothing
  });

  it('[E13] an error that is about the whole link goes to the connection, not to the session', async () => {
    const { follow, followed } = await scenario(kind);
    const { log } = follow();
    (await followed()).fail('unauthenticated');
    if (kind === 'stream') await settled();
    else await heard(log, 'ended unauthenticated'); // whoever followed hands it on
  });
});

describe.each<Kind>(['websocket', 'websocket of ws'])('a %s', (kind) => {
  it.each([
    [1012, 'lost shutting-down'],
    [4001, 'lost unauthenticated'],
    [4009, 'lost protocol-mismatch'],
    [4008, 'lost unreachable 4008'],
  ])('[E13] closed with %i is %s', async (code, expected) => {
    const { follow, told } = await scenario(kind, { onConnect: () => code });
    follow();
    await vi.waitFor(() => expect(told.at(-1)).toBe(expected));
  });

  it('[F7] moves to another socket when the server asks for it, and goes on from its last frame', async () => {
    const { server, follow, followed, follows, told } = await scenario(kind);
    const { log } = follow();
    const first = await followed();
    first.frame(eventsFrame(events, 1, 1));
    await heard(log, `events ${cursorAt(1)}`);
    for (const socket of server.sockets) socket.send('{"id":null,"method":"reconnect"}');
    const second = await followed(2);
    second.frame(snapshotFrame(events));
    await heard(log, `events ${cursorAt(1)}`, `snapshot ${cursorAt(1)}`);
    await vi.waitFor(() => expect(server.sockets.size).toBe(1));
    expect(follows.length).toBe(2);
    expect(told).toEqual(['accepted']);
  });

  it('[F7] leaves no socket behind when it ends while it moves to another', async () => {
    const { server, link, follow, followed } = await scenario(kind);
    follow();
    await followed();
    for (const socket of server.sockets) socket.send('{"id":null,"method":"reconnect"}');
    await followed(2);
    link.close();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
  });

  it.each([
    '{"id":1,"result":{"type":"data","da#a":',
    '{"id":1,"sesult":{"type":"data"}}',
    '{"id":1,"result":"data"}',
    '{"id":1,"error":{"codd":-32004}}',
    'null',
    '[]',
    '',
    // tRPC makes text of places, looks calls up by any id, and trusts the shape of errors.
    '{"id":"constructor","result":{"type":"data"}}',
    '{"id":{"toString":1},"result":{"type":"data"}}',
    '{"id":1,"result":{"type":"data","id":[[]]}}',
    '{"id":1,"error":{"code":"text"}}',
    '{"id":1,"error":null,"result":{}}',
  ])('[D1] is lost when %j comes, and throws nothing at the program around it', async (text) => {
    const { server, follow, followed, told } = await scenario(kind);
    const { log } = follow();
    const wire = await followed();
    wire.frame(live);
    await heard(log, `events ${cursorAt(1)}`);
    for (const socket of server.sockets) socket.send(text);
    wire.frame(snapshotFrame(events));
    await vi.waitFor(() => expect(told).toEqual(['accepted', 'lost unreachable']));
    await settled();
    expect(log).toEqual([`events ${cursorAt(1)}`]);
  });

  it('[D1] ends the subscription on a message without a frame, to be followed anew', async () => {
    const { server, follow, followed, told } = await scenario(kind);
    const { log } = follow();
    await followed();
    for (const socket of server.sockets) socket.send('{"id":1,"result":{"type":"data","eata":{}}}');
    await heard(log, 'ended internal');
    expect(told).toEqual(['accepted']);
  });

  it('[E12] says now and then that it is there, as long as it hears: the ping may stand behind what it hears', async () => {
    const { server, follow, followed, clock } = await scenario(kind);
    const { log } = follow();
    const wire = await followed();
    for (let second = 0; second < 60; second += 1) {
      wire.frame(live);
      await vi.waitFor(() => expect(log.length).toBe(second + 1), { interval: 5 });
      await clock.advance(1_000);
    }
    await vi.waitFor(() => expect(server.pongs()).toBe(5));
    await clock.advance(60_000);
    expect(server.pongs()).toBe(5); // who hears nothing is asked by ping
  });

  it('[E12] tells apart whether it was given up before its first frame, which may be too long for the link', async () => {
    for (const [frames, expected] of [
      [0, 'lost unreachable mute'],
      [1, 'lost unreachable'],
    ] as const) {
      const made: WebSocket[] = [];
      const { follow, followed, told } = await scenario(kind, {}, null, made);
      const { log } = follow();
      const wire = await followed();
      for (let count = 0; count < frames; count += 1) wire.frame(live);
      await vi.waitFor(() => expect([told, log.length]).toEqual([['accepted'], frames]));
      made[0]?.close(); // what tRPC does when no pong came
      expect(told).toEqual(['accepted', expected]);
    }
  });

  it('[E13] carries no credential when there is none', async () => {
    const { server, follow, followed } = await scenario(kind, {}, null);
    follow();
    await followed();
    expect(server.params).toEqual([{ protocol: '1' }]);
  });
});

describe('a WebSocket of which nobody answers the closing', () => {
  it('[E12] is lost when it is being closed, not minutes later', async () => {
    class DeafWebSocket extends globalThis.WebSocket {
      override close(): void {} // as on a network that is gone: the close event does not come
    }
    const server = await startWireServer({ onFollow: () => {} });
    const told: string[] = [];
    let socket: WebSocket | undefined;
    const Seen = class extends DeafWebSocket {
      constructor(url: string) {
        super(url);
        socket = this;
      }
    };
    const link = openWebSocketLink(
      {
        base: server.url,
        WebSocket: Seen as unknown as typeof globalThis.WebSocket,
        token: undefined,
        clock: manualClock(),
      },
      { accepted: () => {}, lost: ({ code }) => void told.push(code) },
    );
    endings.push(
      () => server.close(),
      () => link.close(),
    );
    await vi.waitFor(() => expect(server.params.length).toBe(1));
    socket?.close(); // what tRPC does when no pong came
    expect(told).toEqual(['unreachable']);
  });
});

describe('event streams', () => {
  it('are four at most, and the fifth is told why', async () => {
    const { follow, followed, told } = await scenario('stream');
    const open = [1, 2, 3, 4].map((n) => follow(`s${n}`));
    await followed(4);
    const fifth = follow('s5');
    await heard(fifth.log, 'ended too-many-streams');
    open[0]?.stop();
    const again = follow('s5');
    expect((await followed(5)).input.sessionId).toBe('s5');
    expect([again.log, told]).toEqual([[], []]);
  });

  it('[E12] on which nothing came for 35 s are lost', async () => {
    const { follow, followed, told, clock } = await scenario('stream');
    const { log } = follow();
    const wire = await followed();
    await clock.advance(20_000);
    wire.frame(live);
    await heard(log, `events ${cursorAt(1)}`);
    await clock.advance(34_000);
    expect(told).toEqual(['accepted']);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(told).toEqual(['accepted', 'lost unreachable']));
    expect(clock.waiting).toEqual([]);
  });

  it('[E13] refused for the credential or the version are lost as a socket is', async () => {
    for (const code of ['unauthenticated', 'protocol-mismatch', 'shutting-down'] as const) {
      const { follow, followed, told } = await scenario('stream');
      follow();
      (await followed()).fail(code);
      await vi.waitFor(() => expect(told).toEqual([`lost ${code}`]));
    }
  });

  it('are lost when something else answers in the place of the server', async () => {
    const told: string[] = [];
    const link = openStreamLink(
      {
        base: 'https://x.dev',
        token: undefined,
        clock: manualClock(),
        fetch: async () => new Response('<html>sign in</html>', { headers: { 'content-type': 'text/html' } }),
      },
      { accepted: () => void told.push('accepted'), lost: (error) => void told.push(error.code) },
    );
    link.follow({ sessionId: 's1' }, { frame: () => {}, ended: () => {} });
    await vi.waitFor(() => expect(told).toEqual(['unreachable']));
  });
});
