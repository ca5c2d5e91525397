import { expect, test } from 'vitest';
import { cutCatchUpAt, cutTailAt, everyPlace } from './every-byte.ts';

test('[D1][D2] connections cut after any byte of a live session go on from there, over both wires', {
  timeout: 60_000,
}, async () => {
  const cuts = [
    ...everyPlace('websocket', 'down', { from: 0, to: 1_400, step: 9 }),
    ...everyPlace('websocket', 'up', { from: 0, to: 600, step: 23 }),
    ...everyPlace('stream', 'down', { from: 0, to: 1_400, step: 11 }),
    ...everyPlace('stream', 'up', { from: 0, to: 400, step: 29 }),
  ];
  const { connections } = await cutTailAt(cuts);
  expect(connections).toBeGreaterThan(cuts.length * 1.8);
});

test('[D1][Q1] a catch-up cut after any byte gives the whole log, and sends again at most one frame and one row', {
  timeout: 60_000,
}, async () => {
  const { connections, mostBytes } = await cutCatchUpAt((whole) =>
    (['websocket', 'stream'] as const).flatMap((wire) =>
      everyPlace(wire, 'down', { from: 0, to: whole[wire] - 1, step: 1_777 }),
    ),
  );
  expect(connections).toBeGreaterThan(200);
  expect(mostBytes).toBeGreaterThan(0);
});
