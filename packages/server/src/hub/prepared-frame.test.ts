import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPerdureError, PerdureError } from '@perdure/protocol';
import { createTRPCClient, createWSClient, wsLink } from '@trpc/client';
import { initTRPC, TRPCError, tracked } from '@trpc/server';
import { applyWSSHandler, type Encoder } from '@trpc/server/adapters/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ArrayLog } from '../testing/array-log.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { clientHubContract } from '../testing/client-hub-contract.ts';
import type { Follower } from './follower.ts';
import { followerFrames } from './follower-frames.ts';
import type { FollowInto } from './follower-stream.ts';
import { LocalClientHub } from './local-client-hub.ts';
import { PreparedFrame, spliceEncoder } from './prepared-frame.ts';

const endings: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const patience = { timeout: 20_000 };

const t = initTRPC.create({
  isDev: false,
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    data: { ...shape.data, perdure: isPerdureError(error.cause) ? error.cause.toBody() : undefined },
  }),
});

const followInput = z.object({
  session: z.number(),
  from: z.enum(['snapshot', 'beginning', 'now']),
  types: z.array(z.string()).optional(),
  lastEventId: z.string().optional(),
});

function routerOf(hub: LocalClientHub) {
  return t.router({
    follow: t.procedure.input(followInput).subscription(async function* ({ input, signal }) {
      const follower: Follower = {
        sessionId: 's',
        principalId: 'ann',
        ...input,
        types: input.types && new Set(input.types),
        lastEventId: input.lastEventId,
      };
      const follow: FollowInto = (sink, left) => hub.follow(follower, sink, left);
      try {
        for await (const frame of followerFrames(follow, signal ?? AbortSignal.abort())) {
          yield tracked(frame.cursor, new PreparedFrame(frame));
        }
      } catch (cause) {
        throw new TRPCError({ code: 'BAD_REQUEST', message: 'Ended.', cause });
      }
    }),
    echo: t.procedure.input(z.string()).query(({ input }) => input),
  });
}

type Router = ReturnType<typeof routerOf>;

async function serve(hub: LocalClientHub, encoder: Encoder | undefined) {
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
  const { port } = server.address() as AddressInfo;
  const wsClient = createWSClient({ url: `ws://127.0.0.1:${port}`, retryDelayMs: () => 1 });
  const client = createTRPCClient<Router>({ links: [wsLink({ client: wsClient })] });
  const close = async () => {
    await wsClient.close();
    wss.close();
    await new Promise((resolve) => server.close(resolve));
  };
  return { client, sent, sockets, close };
}

async function begin(encoder: Encoder | undefined) {
  const log = new ArrayLog();
  const hub = new LocalClientHub({ source: log, clock: new ManualClock() });
  const served = await serve(hub, encoder);
  endings.push(served.close);
  return { ...served, log, hub, emit: () => hub.broadcast(1, log.append({})) };
}

clientHubContract('[E2] the local hub over tRPC and WebSocket', async ({ source, clock }) => {
  const hub = new LocalClientHub({ source, clock });
  const { client, close } = await serve(hub, spliceEncoder);
  return {
    hub,
    async *follow({ session, from, types, lastEventId }, signal) {
      const texts: string[] = [];
      let wake = () => {};
      let ending: { readonly error?: unknown } | undefined;
      const stop = (error?: unknown) => {
        ending ??= { error };
        wake();
      };
      const watching = client.follow.subscribe(
        {
          session,
          from,
          ...(types && { types: [...types] }),
          ...(lastEventId === undefined ? {} : { lastEventId }),
        },
        {
          onData: ({ data }) => {
            texts.push(JSON.stringify(data));
            wake();
          },
          onError: ({ data }) => stop(new PerdureError(data?.perdure?.code ?? 'internal', 'Ended.')),
        },
      );
      signal.addEventListener('abort', () => stop());
      while (ending === undefined || texts.length > 0) {
        const text = texts.shift();
        if (text !== undefined) yield text;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      watching.unsubscribe();
      if (ending.error !== undefined) throw ending.error;
    },
    close: async () => {
      hub.close();
      await close();
    },
  };
});

function watch({ client }: Awaited<ReturnType<typeof begin>>) {
  const frames: { after: number; through: number; events: { seq: number }[] }[] = [];
  const errors: unknown[] = [];
  const watching = client.follow.subscribe(
    { session: 1, from: 'beginning' },
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
      const world = await begin(encoder);
      world.emit();
      const watching = watch(world);
      await expect.poll(() => watching.frames.length, patience).toBe(1);
      world.emit();
      await expect.poll(() => watching.frames.length, patience).toBe(2);
      expect(await world.client.echo.query('Grüße "\n')).toBe('Grüße "\n');
      expect(watching.errors).toEqual([]);
      wires.push(world.sent);
    }
    expect(wires[0]).toEqual(wires[1]);
    expect(wires[0]?.filter((text) => text.includes('"kind":"events"'))).toHaveLength(2);
  });

  it('[D1] are resumed by an ordinary wsLink, with nothing lost and nothing twice, while its socket is cut', async () => {
    const world = await begin(spliceEncoder);
    world.emit();
    const watching = watch(world);
    for (let cut = 0; cut < 5; cut += 1) {
      for (let count = 0; count < 20; count += 1) world.emit();
      await expect.poll(() => watching.frames.at(-1)?.through, patience).toBe(21 + cut * 20);
      for (const socket of world.sockets) socket.terminate();
      world.sockets.clear();
    }
    world.emit();
    await expect.poll(() => watching.frames.at(-1)?.through, patience).toBe(102);
    expect(watching.seqs()).toEqual(Array.from({ length: 102 }, (_none, index) => index + 1));
    watching.stop();
    await expect.poll(() => world.hub.getClientCount(), patience).toBe(0);
  });

  it('decodes text and refuses the rest', () => {
    expect(spliceEncoder.decode('{"id":1}')).toEqual({ id: 1 });
    expect(() => spliceEncoder.decode(new Uint8Array())).toThrow(TypeError);
  });
});
