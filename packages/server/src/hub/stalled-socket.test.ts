import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { RecordingSink } from '../testing/recording-sink.ts';
import { followerFrames } from './follower-frames.ts';
import { guardedWebSocket } from './guarded-web-socket.ts';
import { LocalClientHub } from './local-client-hub.ts';
import { SocketSink } from './socket-sink.ts';
import { StallError } from './stall-error.ts';
import { StallGuard } from './stall-guard.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** For what is done on other cores' time. */
const patience = { timeout: 20_000 };

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A real socket whose client reads only when told to. */
async function connect() {
  const server = createServer();
  const wss = new WebSocketServer({ server });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  const accepted = once(wss, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const received: string[] = [];
  client.on('message', (data) => received.push(String(data)));
  const closed = once(client, 'close') as Promise<[number, Buffer]>;
  const [socket, { socket: stream }] = await accepted;
  await expect.poll(() => client.readyState, patience).toBe(WebSocket.OPEN);
  endings.push(() => {
    client.terminate();
    socket.terminate();
  });
  return { client, received, closed, socket, stream };
}

function world() {
  const clock = new ManualClock();
  const log = new ArrayLog();
  const hub = new LocalClientHub({ source: log, clock });
  const followerFrom = (lastEventId: string | undefined) =>
    ({
      session: 1,
      sessionId: 's',
      principalId: 'ann',
      types: undefined,
      lastEventId,
      from: 'beginning',
    }) as const;
  return {
    clock,
    log,
    hub,
    followerFrom,
    emit: (length = 4_000) => hub.broadcast(1, log.append({ length })),
  };
}

const seqsOf = (texts: readonly string[]) =>
  texts.flatMap((text) => (JSON.parse(text).events as { seq: number }[]).map(({ seq }) => seq));

describe('a client that stops reading', () => {
  it('[E9] is closed 4008 after 10 s, costs at most 256 KiB meanwhile, and resumes with nothing lost', async () => {
    const { clock, log, hub, followerFrom, emit } = world();
    const { client, received, closed, socket, stream } = await connect();
    const sink = new SocketSink({
      clock,
      socket: guardedWebSocket(socket, stream),
      send: (text) => socket.send(text),
    });
    const other = new RecordingSink();
    const leaver = new AbortController();
    endings.push(() => leaver.abort());
    const following = hub
      .follow(followerFrom(undefined), sink, leaver.signal)
      .catch((error: unknown) => error);
    void hub.follow(followerFrom(undefined), other, leaver.signal);
    emit();
    await expect.poll(() => received.length, patience).toBe(1);
    client.pause();
    let most = 0;
    // More than the buffers of the kernel hold between two sockets of one machine.
    for (let count = 0; count < 4_000; count += 1) {
      emit();
      if (count % 20 === 0) await turn();
      most = Math.max(most, socket.bufferedAmount);
    }
    expect(most).toBeGreaterThan(200_000);
    // Node still says what it has not handed to the kernel: without it a large frame on a slow link looks stalled.
    expect(guardedWebSocket(socket, stream).unsentBytes).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(262_144);
    expect(other.events).toEqual(log.expected(0));
    clock.advance(11_000);
    expect(await following).toBeInstanceOf(StallError);
    expect(hub.getClientCount(1)).toBe(1);
    client.resume();
    expect((await closed)[0]).toBe(4008);

    const rest = new RecordingSink();
    void hub.follow(followerFrom(JSON.parse(received.at(-1) ?? '').cursor), rest, leaver.signal);
    await rest.until(({ texts }) => texts.at(-1)?.json.endsWith('"live":true}') === true);
    expect([...seqsOf(received), ...seqsOf(rest.texts.map(({ json }) => json))]).toEqual(
      Array.from({ length: 4_001 }, (_none, index) => index + 1),
    );
  });

  it('[E10] costs no more with 100 subscriptions on its socket', async () => {
    const { clock, hub, followerFrom, emit } = world();
    const { client, received, socket, stream } = await connect();
    const guard = new StallGuard({ socket: guardedWebSocket(socket, stream), clock });
    const leaver = new AbortController();
    emit();
    const followers = Array.from({ length: 100 }, async () => {
      const seqs: number[] = [];
      const follow = (...[sink, left]: Parameters<Parameters<typeof followerFrames>[0]>) =>
        hub.follow(followerFrom(undefined), sink, left);
      for await (const { json } of followerFrames(follow, leaver.signal, guard)) {
        seqs.push(...seqsOf([json]));
        await Promise.resolve(); // a wire that makes its message a moment later
        socket.send(json);
      }
      return seqs;
    });
    await expect.poll(() => received.length, patience).toBe(100);
    client.pause();
    let most = 0;
    for (let count = 0; count < 100; count += 1) {
      emit();
      if (count % 5 === 0) await turn();
      most = Math.max(most, socket.bufferedAmount);
    }
    expect(most).toBeGreaterThan(100_000);
    expect(most).toBeLessThanOrEqual(262_144);
    client.resume();
    await expect
      .poll(() => received.filter((text) => text.includes('"through":101,')).length, patience)
      .toBe(100);
    leaver.abort();
    for (const seqs of await Promise.all(followers)) {
      expect(seqs).toEqual(Array.from({ length: 101 }, (_none, index) => index + 1));
    }
    expect(clock.pending).toBe(1); // the ring's
  });
});
