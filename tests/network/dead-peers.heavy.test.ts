import { expect, test } from 'vitest';
import { lacks } from '../support/machine-abilities.ts';
import { measured } from '../support/record-figure.ts';
import { behindCable, behindProxy, type FragileServer, type Noticed, noticeDeadPeers } from './dead-peers.ts';

/** The promise: two waits of 15 and 20 s, and what timers are late by. */
const MOST_SECONDS = 40;
const outages = ['both', 'up', 'down'] as const;

async function expectNoticed(
  what: string,
  start: (directory: string) => Promise<FragileServer>,
): Promise<readonly Noticed[]> {
  return measured(
    { what, size: 'both ways and each one, idle and busy, WebSocket and event stream' },
    async () => {
      const noticed = await Promise.all(outages.map((outage) => noticeDeadPeers(start, outage)));
      for (const { name, wire, clientSeconds, serverSeconds } of noticed.flat()) {
        if (wire === 'websocket') {
          expect(clientSeconds, `client, ${name}`).toBeLessThanOrEqual(MOST_SECONDS);
          expect(serverSeconds, `server, ${name}`).toBeLessThanOrEqual(MOST_SECONDS);
        } else if (!name.startsWith('up')) {
          // What a reader of a stream sends is nothing but acknowledgements: without them it still reads.
          expect(clientSeconds, `client, ${name}`).toBeLessThanOrEqual(MOST_SECONDS);
        }
      }
      return noticed.flat();
    },
    (noticed) => {
      const sockets = noticed.filter(({ wire }) => wire === 'websocket');
      const streams = noticed.filter(({ wire, name }) => wire === 'stream' && !name.startsWith('up'));
      const most = (values: readonly (number | undefined)[]) =>
        Math.max(...values.map((value) => value ?? 0));
      return `nothing lost; WebSocket: client after at most ${most(sockets.map((one) => one.clientSeconds))} s, server ${most(sockets.map((one) => one.serverSeconds))} s; event stream: client ${most(streams.map((one) => one.clientSeconds))} s`;
    },
  );
}

test('[E12] both sides notice within 40 s that the network passes nothing on', () =>
  expectNoticed('A network that passes nothing on', behindProxy));

test.skipIf(lacks('network-namespaces', 'packet-filter'))(
  '[E12] both sides notice within 40 s that a cable drops all packets, and so does a server whose stream is not taken',
  async () => {
    const noticed = await expectNoticed('A cable that drops all packets', behindCable);
    for (const { name, wire, isBusy, serverSeconds } of noticed) {
      if (wire === 'stream' && isBusy && !name.startsWith('down'))
        expect(serverSeconds, `server, ${name}`).toBeLessThanOrEqual(MOST_SECONDS);
    }
  },
);
