import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { watchLaggards } from './laggards.ts';

const MOST_GROWN_BYTES = 64 * 1_024 * 1_024;
const MOST_SLOWER = 1.5;
/** Ten without progress, and what a look at it is late by. */
const MOST_SECONDS = 15;
/** What a timer of the measuring processes is late by. */
const GRAIN_MS = 2;

const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576);
const milliseconds = (ms: number) => Math.round(ms * 10) / 10;

test.each(['websocket', 'stream'] as const)(
  '[E8][E9][E10] one reader by %s that stops and five that read 10 KB/s cost 100 healthy ones nothing',
  async (wire) => {
    await measured(
      {
        what: `One stalled and five slow readers (${wire}) of a session among 100 healthy ones`,
        size: '40 events of 1 KB a second to each, three rounds by turns with a control',
      },
      () =>
        watchLaggards({
          wire,
          healthy: 100,
          slow: 5,
          rounds: 3,
          watchSeconds: 11,
          history: { lines: 8_000, bytes: 2_000 },
          talk: { lines: 1_000_000, bytes: 1_000, perSecond: 40, tellsDue: true },
        }),
      ({ heard, controlP99Ms, treatedP99Ms, grownBytes, givenUpSeconds, slowLosses }) => {
        expect(heard).toBeGreaterThan(100_000);
        expect(givenUpSeconds).toBeLessThan(MOST_SECONDS);
        expect(grownBytes).toBeLessThan(MOST_GROWN_BYTES);
        if (wire === 'websocket') expect(slowLosses).toEqual([]); // of an event stream nobody sees how far it is read
        expect(treatedP99Ms).toBeLessThanOrEqual(controlP99Ms * MOST_SLOWER + GRAIN_MS);
        return `99th percentile ${milliseconds(treatedP99Ms)} ms, control ${milliseconds(controlP99Ms)} ms; server ${mebibytes(grownBytes)} MiB larger; the stalled one given up after ${givenUpSeconds} s, ${slowLosses.length} times a slow one; all resumed with nothing lost`;
      },
    );
  },
);
