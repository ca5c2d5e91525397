import { expect, test } from 'vitest';
import { lacks } from '../support/machine-abilities.ts';
import { measured } from '../support/record-figure.ts';
import {
  behindSlowCable,
  behindSlowProxy,
  type FarServer,
  followSlowly,
  type SlowReading,
} from './slow-links.ts';

const wires = ['websocket', 'stream'] as const;
/** Longer than all the patience of both sides together. */
const tail = { lines: 45, bytes: 100, perSecond: 1 };

async function expectSteady(
  name: string,
  start: () => Promise<FarServer>,
  reading: SlowReading,
): Promise<void> {
  const { lines, bytes } = reading.history;
  await measured(
    {
      what: `A link of ${name}`,
      size: `catch-up of ${Math.round((lines * bytes) / 1_000)} kB, then 45 s live`,
    },
    () =>
      Promise.all(
        wires.map(async (wire) => {
          await using server = await start();
          return await followSlowly(server, wire, reading);
        }),
      ),
    (followers) => {
      expect(followers.map(({ losses, transport }) => [losses, transport])).toEqual([
        [0, 'websocket'],
        [0, 'stream'],
      ]);
      const [socket, stream] = followers;
      return `no connection lost; WebSocket ${socket?.seconds} s, event stream ${stream?.seconds} s`;
    },
  );
}

test.concurrent.each([
  ['20 kB/s', { bytesPerSecond: 20_000 }, 1_200],
  ['64 kbit/s', { bytesPerSecond: 8_000 }, 480],
  ['2 s each way', { delayMs: 2_000 }, 480],
] as const)(
  '[D1][E12] a link of %s carries a long catch-up and a tail over one connection',
  (name, faults, lines) =>
    expectSteady(name, () => behindSlowProxy(faults), { history: { lines, bytes: 1_000 }, tail }),
);

test.skipIf(lacks('network-namespaces', 'traffic-shaper'))(
  '[D1][E12] a cable of 64 kbit/s carries a long catch-up and a tail over one connection',
  { concurrent: true },
  () =>
    expectSteady('64 kbit/s, by packets', () => behindSlowCable(64_000), {
      history: { lines: 400, bytes: 1_000 },
      tail,
    }),
);

test.concurrent('[D1][E10] an event of a megabyte comes through a link of 20 kB/s, which takes longer than any pong may', async () => {
  await measured(
    { what: 'Events of 1 MB over a link of 20 kB/s', size: '2 events' },
    () =>
      Promise.all(
        wires.map(async (wire) => {
          await using server = await behindSlowProxy({ bytesPerSecond: 20_000 });
          const history = { lines: 2, bytes: 1_000_000 };
          return await followSlowly(server, wire, { history, tail: { lines: 1, bytes: 100 } });
        }),
      ),
    (followers) => {
      expect(followers.map(({ transport }) => transport)).toEqual(['stream', 'stream']);
      const [socket, stream] = followers;
      expect(socket?.losses).toBeLessThanOrEqual(2);
      return `a WebSocket goes on by event stream after ${socket?.losses} losses and has all after ${socket?.seconds} s; event stream ${stream?.seconds} s`;
    },
  );
});
