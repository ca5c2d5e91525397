import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC, tracked } from '@trpc/server';
import { applyWSSHandler, type Encoder } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ArrayLog } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { followerFrames } from './follower-frames.ts';
import { LocalClientHub } from './local-client-hub.ts';
import { PreparedFrame, spliceEncoder } from './prepared-frame.ts';

const endings: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const t = initTRPC.create({ isDev: false });

function routerOf(hub: LocalClientHub) {
  return t.router({
    follow: t.procedure
      .input(z.object({ from: z.enum(['beginning', 'now']), lastEventId: z.string().optional() }))
      .subscription(async function* ({ input, signal }) {
        const follower = {
          session: 1,
          sessionId: 's',
          principalId: 'ann',
          types: undefined,
          lastEventId: undefined,
          ...input,
        };
        const follow = (...[sink, left]: Parameters<Parameters<typeof followerFrames>[0]>) =>
          hub.follow(follower, sink, left);
        for await (const frame of followerFrames(follow, signal ?? AbortSignal.abort())) {
          yield tracked(
            frame.cursor,
            new PreparedFrame(frame) as PreparedFrame & { through: number; events: unknown[] },
          );
        }
      }),
    echo: t.procedure.input(z.string()).query(({ input }) => input),
  });
}

type Router = ReturnType<typeof routerOf>;

async function serve(encoder: Encoder | undefined) {
  const log = new ArrayLog();
  const hub = new LocalClientHub({ source: log, clock: new ManualClock() });
  const server = createServer();
  const wss = new WebSocketServer({ server });
  const sent: string[] = [];
  const sockets = new Set<WebSocket>();
  wss.on('connection', (socket) => {
    sockets.add(socket);
    const send = socket.send.bind(socket) as (data: string) => void;
    socket.send = (data: unknown) => {
      sent.push(String(data));
      send(String(data));
    };
  });
  applyWSSHandler({ wss, router: routerOf(hub), ...(encoder && { experimental_encoder: encoder }) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  endings.push(() => wss.close());
  const { port } = server.address() as AddressInfo;
  const wsClient = createWSClient({ url: `ws://127.0.0.1:${port}`, retryDelayMs: () => 1 });
  endings.push(() => wsClient.close());
  const client = createTRPCClient<Router>({ links: [wsLink({ client: wsClient })] });
  return { log, hub, sent, client, sockets, emit: () => hub.broadcast(1, log.append({})) };
}

function watch({ client }: Awaited<ReturnType<typeof serve>>) {
  const frames: { after: number; through: number; events: { seq: number }[] }[] = [];
  const errors: unknown[] = [];
  const watching = client.follow.subscribe(
    { from: 'beginning' },
    {
      onData: ({ data }) => frames.push(data as unknown as (typeof frames)[number]),
      onError: (error) => errors.push(error),
    },
  );
  return {
    frames,
    errors,
    stop: () => watching.unsubscribe(),
    seqs: () => frames.flatMap(({ events }) => events.map(({ seq }) => seq)),
  };
}

describe('frames through the WebSocket server of tRPC', () => {
  it('[E2] are on the wire what they would be without the encoder, byte for byte', async () => {
    const wires: string[][] = [];
    for (const encoder of [spliceEncoder, undefined]) {
      const world = await serve(encoder);
      world.emit();
      const watching = watch(world);
      await expect.poll(() => watching.frames.length).toBe(1);
      world.emit();
      await expect.poll(() => watching.frames.length).toBe(2);
      expect(await world.client.echo.query('Grüße "\n')).toBe('Grüße "\n');
      expect(watching.errors).toEqual([]);
      wires.push(world.sent);
    }
    expect(wires[0]).toEqual(wires[1]);
    expect(wires[0]?.filter((text) => text.includes('"kind":"events"'))).toHaveLength(2);
  });

  it('[D1] are resumed by an ordinary wsLink, with nothing lost and nothing twice, while its socket is cut', async () => {
    const world = await serve(spliceEncoder);
    world.emit();
    const watching = watch(world);
    for (let cut = 0; cut < 5; cut += 1) {
      for (let count = 0; count < 20; count += 1) world.emit();
      await expect.poll(() => watching.frames.at(-1)?.through).toBe(21 + cut * 20);
      for (const socket of world.sockets) socket.terminate();
      world.sockets.clear();
    }
    world.emit();
    await expect.poll(() => watching.frames.at(-1)?.through).toBe(102);
    expect(watching.seqs()).toEqual(Array.from({ length: 102 }, (_none, index) => index + 1));
    watching.stop();
    await expect.poll(() => world.hub.getClientCount()).toBe(0);
  });

  it('decodes text and refuses the rest', () => {
    expect(spliceEncoder.decode('{"id":1}')).toEqual({ id: 1 });
    expect(() => spliceEncoder.decode(new Uint8Array())).toThrow(TypeError);
  });
});
