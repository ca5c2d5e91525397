import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { stormOfClients } from './storm.ts';

const MOST_SECONDS = 30;
const MOST_GROWTH = 2;
/** Of the 99th percentile of those who stayed, against themselves before: one thread serves them and all who come back, by turns. */
const MOST_SLOWER = 10;
/** What so many processes on few processors take from each other while hundreds of clients connect. */
const GRAIN_MS = 500;

test.each([
  {
    cause: 'restart',
    what: 'A server is killed and started again under its clients',
    clients: 2_000,
    stay: 0,
  },
  {
    cause: 'cut',
    what: 'A network cuts many clients of a server at once, and leaves 20',
    clients: 500,
    stay: 20,
  },
] as const)(
  '[E13][F3] $clients clients that come back at once after a $cause are all live within 30 s',
  async ({ what, ...storm }) => {
    await measured(
      {
        what,
        size: `${storm.clients} clients, 10 sessions, an event each 2 s in each${storm.stay > 0 ? ', 20 a second to those who stay' : ''}, the limits of the product`,
      },
      () => stormOfClients({ ...storm, processes: 2, sessions: 10, watchSeconds: 10 }),
      ({ liveSeconds, stayed, calmBytes, stormBytes, streams }) => {
        expect(liveSeconds).toBeLessThanOrEqual(MOST_SECONDS);
        expect(stormBytes).toBeLessThan(calmBytes * MOST_GROWTH);
        expect(stayed?.stormHeard ?? 0).toBeGreaterThanOrEqual(storm.stay * 10); // enough for a percentile
        const mostMs = (stayed?.calmP99Ms ?? 0) * MOST_SLOWER + GRAIN_MS;
        expect(stayed?.stormP99Ms ?? 0, 'how late those hear who stayed').toBeLessThan(mostMs);
        const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576);
        const those =
          stayed === undefined
            ? ''
            : `; those who stayed: 99th percentile ${Math.round(stayed.stormP99Ms)} ms, ${Math.round(stayed.calmP99Ms)} ms before`;
        return `all live after ${liveSeconds} s with nothing lost, ${streams} of them by event stream; server ${mebibytes(stormBytes)} MiB, ${mebibytes(calmBytes)} MiB before${those}`;
      },
    );
  },
);
