import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { cutCatchUpAt, cutTailAt, everyPlace } from './every-byte.ts';

test('[D1][D2] connections cut after each byte of a live session go on from there, over both wires', async () => {
  const cuts = [
    ...everyPlace('websocket', 'down', { from: 0, to: 2_000, step: 1 }),
    ...everyPlace('websocket', 'up', { from: 0, to: 600, step: 1 }),
    ...everyPlace('stream', 'down', { from: 0, to: 2_000, step: 1 }),
    ...everyPlace('stream', 'up', { from: 0, to: 400, step: 1 }),
  ];
  const figure = {
    what: 'Connections cut after every byte of a live session, WebSocket and event stream',
    size: `${cuts.length} cuts`,
  };
  await measured(
    figure,
    () => cutTailAt(cuts),
    ({ connections }) => `${connections} connections, each follower with the log of the server`,
  );
});

test('[D1][Q1] a catch-up cut after any byte gives the whole log, and sends again at most one frame and one row', async () => {
  const seed = Date.now() % 1_000_000;
  console.info(`The places of the cuts have the seed ${seed}.`);
  const random = seededRandom(seed);
  await measured(
    { what: 'Catch-up of a log of several frames cut after any byte', size: '2,000 cuts' },
    () =>
      cutCatchUpAt((whole) =>
        (['websocket', 'stream'] as const).flatMap((wire) => [
          ...everyPlace(wire, 'down', { from: 0, to: 499, step: 1 }),
          ...Array.from({ length: 500 }, () => ({
            wire,
            way: 'down' as const,
            bytes: 500 + random.below(whole[wire] - 501),
          })),
        ]),
      ),
    ({ connections, mostBytes, wholeBytes }) => {
      expect(connections).toBeGreaterThan(3_500);
      return `every follower has the whole log; at most ${mostBytes} bytes came twice, of ${wholeBytes}`;
    },
  );
});
