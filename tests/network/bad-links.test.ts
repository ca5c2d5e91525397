import { expect, test } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { damagedClients, readDamaged } from './damaged-bytes.ts';
import { watchLaggards } from './laggards.ts';
import { behindSlowProxy, followSlowly } from './slow-links.ts';

// Most of what these do is wait: for a slow link, for a handshake that does not come, for the patience of the server.

const wires = ['websocket', 'stream'] as const;
const options = { concurrent: true, timeout: 120_000 };

test.each([
  ['20 kB/s', { bytesPerSecond: 20_000 }, { lines: 60, bytes: 1_000 }],
  ['64 kbit/s', { bytesPerSecond: 8_000 }, { lines: 24, bytes: 1_000 }],
  ['2 s each way and every byte by itself', { delayMs: 2_000, pieceBytes: 1 }, { lines: 6, bytes: 500 }],
] as const)(
  '[D1][E12] over a link of %s a follower catches up and stays live, over both wires',
  options,
  async (_name, faults, history) => {
    await using server = await behindSlowProxy(faults);
    const tail = { lines: 5, bytes: 100, perSecond: 10 };
    const followers = await Promise.all(wires.map((wire) => followSlowly(server, wire, { history, tail })));
    expect(followers.map(({ losses, transport }) => [losses, transport])).toEqual([
      [0, 'websocket'],
      [0, 'stream'],
    ]);
  },
);

test('[D1] a damaged byte loses no event, gives none twice, and leaves nobody waiting', options, async () => {
  const { whole, refused, changed } = await readDamaged(damagedClients(seededRandom(7), 160));
  expect(whole + refused + changed).toBe(160);
  expect(whole).toBeGreaterThan(50);
});

test.each(wires)(
  '[E9][E8] a reader by %s that stops is given up, costs nobody memory, and goes on with nothing lost; so does a slow one',
  options,
  async (wire) => {
    const { heard, grownBytes, slowLosses } = await watchLaggards({
      wire,
      healthy: 3,
      slow: 1,
      rounds: 1,
      watchSeconds: 3,
      history: { lines: 5_000, bytes: 3_000 },
      talk: { lines: 100_000, bytes: 1_000, perSecond: 20 },
    });
    expect(heard).toBeGreaterThan(100);
    if (wire === 'websocket') expect(slowLosses).toEqual([]); // of an event stream nobody sees how far it is read
    expect(grownBytes).toBeLessThan(64 * 1_024 * 1_024);
  },
);
