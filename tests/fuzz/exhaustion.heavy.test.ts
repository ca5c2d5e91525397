import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { type Attacked, underAttack } from './support/attacked.ts';
import {
  bodyWithoutEnd,
  bombs,
  commands,
  type Counts,
  deafAskers,
  giantPages,
  headerBombs,
  idlers,
  messageFlood,
  messageWithoutEnd,
  packedBraces,
  pingFlood,
} from './support/attacks.ts';
import { crowdBeforeLogin } from './support/crowd-before-login.ts';
import { exhaustionConfig, type FuzzServer, startFuzzServer } from './support/fuzz-server.ts';
import { type SlowBeginning, slowBeginnings, type SlowEnd, slowPeers } from './support/slow-peers.ts';

const MEBIBYTE = 1_048_576;
/** The little that a process of 200 MB takes more when it is busy; each of these attacks would take gigabytes. */
const MOST_BYTES = 320 * MEBIBYTE;

let server: FuzzServer;
beforeAll(async () => {
  server = await startFuzzServer({ config: exhaustionConfig });
});
afterAll(() => server[Symbol.asyncDispose]());

async function attacked<T>(what: string, size: string, attack: () => Promise<T>): Promise<T> {
  const run = () => underAttack(server, attack);
  const found = ({ result, served, grownBytes = 0 }: Attacked<T>) =>
    `${words(result)}; others: ${served} of ${served} served; at most ${Math.round(grownBytes / MEBIBYTE)} MiB more in memory`;
  const { result, served, grownBytes = 0 } = await measured({ what: `Attack: ${what}`, size }, run, found);
  expect(served).toBeGreaterThan(0);
  expect(grownBytes).toBeLessThan(MOST_BYTES);
  return result;
}

function words(result: unknown): string {
  return typeof result === 'object' && result !== null && !Array.isArray(result)
    ? Object.entries(result as Counts)
        .map(([outcome, count]) => `${count} ${outcome}`)
        .join(', ')
    : 'all ended';
}

describe('a server that is attacked for long serves others, in a bounded memory', () => {
  it('[N12] 750 sockets that do not say who they are, from 30 addresses', async () => {
    const counts = await attacked('sockets before login', '750 from 30 addresses', async () => {
      const crowd = await crowdBeforeLogin(server, { peers: 30, each: 25 });
      await crowd.leave();
      return crowd.counts;
    });
    expect(counts['taken']).toBe(500);
    // 24 addresses have their 20 each, the next one the last 20 of all.
    expect(counts['unauthenticatedSocketsPerPeer']).toBe(24 * 5);
    expect(counts['unauthenticatedSockets']).toBe(5 + 5 * 25);
  });

  it('[N12] 512 MiB of body, and as much of message', async () => {
    const size = '512 MiB of {';
    const bodies = await attacked('bodies without end', size, () => bodyWithoutEnd(server, 512 * MEBIBYTE));
    expect(bodies['payload-too-large']).toBeGreaterThan(20);
    const messages = await attacked('messages without end', size, () =>
      messageWithoutEnd(server, 512 * MEBIBYTE),
    );
    expect(Object.keys(messages)).toEqual(['1009']);
  });

  it('[N12] bodies that unpack to 256 MiB, and a compressed message', async () => {
    const packed = packedBraces(256 * MEBIBYTE);
    const counts = await attacked('compressed bodies', '6 of 256 MiB', () => bombs(server, packed));
    expect(counts).toEqual({ 'malformed-json': 6, 1002: 1 });
  });

  it('[N12] floods of messages and of pings over 20 sockets each', async () => {
    const counts = await attacked('messages as fast as they go', '20 sockets', () =>
      messageFlood(server, 20),
    );
    expect(counts).toEqual({ 1013: 20 });
    await attacked('pings as fast as they go', '20 sockets', () => pingFlood(server, 20));
  });

  it('[N12] 100 who ask at once for pages of a log of 90 MB', async () => {
    const pages = () => giantPages(server, { events: 100, atOnce: 100 });
    expect(await attacked('pages of events of 900 kB', '100 at once', pages)).toEqual({ short: 100 });
  });

  it('[N12] 25,000 commands', async () => {
    const counts = await attacked('commands', '25,000', () => commands(server, 25_000));
    expect(Object.keys(counts).every((code) => ['200', '201', 'limit-exceeded'].includes(code))).toBe(true);
    expect(counts['limit-exceeded']).toBeGreaterThan(20_000);
  });

  it('[N12] 500 times headers without end', async () => {
    const counts = await attacked('headers without end', '500 times', () => headerBombs(server, 500));
    expect(counts).toEqual({ 'target-too-long': 500 });
  });

  it('[N12] slow peers: whatever they begin and do not end, they are cut', async () => {
    const each = 100;
    // More of those who have not said who they are get no place from one address.
    const countOf = (beginning: SlowBeginning) => (beginning === 'login' ? 20 : each);
    const ends = await attacked('slow peers', `${each} of each of ${slowBeginnings.length} kinds`, () =>
      Promise.all(slowBeginnings.map((beginning) => slowPeers(server, beginning, countOf(beginning)))),
    );
    const secondsOf = (kind: readonly SlowEnd[] = []) => [
      Math.min(...kind.map(({ seconds }) => seconds)),
      Math.max(...kind.map(({ seconds }) => seconds)),
    ];
    const [nothing, headers, upgrade, body, chunks, silence, login] = ends.map(secondsOf);
    // The limits are 10 s for headers, 30 s for a body, 5 s for a login; a busy machine may take longer, never shorter.
    for (const [seconds, limit] of [
      [nothing, 10],
      [headers, 10],
      [upgrade, 10],
      [body, 30],
      [chunks, 30],
      [silence, 30],
      [login, 5],
    ] as const) {
      expect(seconds?.[0]).toBeGreaterThan(limit - 2.5);
      expect(seconds?.[1]).toBeLessThan(limit + 20);
    }
    expect(ends.at(-1)?.every(({ codes }) => codes.includes(4_001))).toBe(true);
  });

  it('[N12] 4,000 connections that say nothing', async () => {
    await attacked('silent connections', '4,000', async () => {
      const idle = await idlers(server, { connections: 4_000, sockets: 10 });
      idle.leave();
    });
  });

  it('[E9] 40 who ask and never read', async () => {
    const counts = await attacked('askers that never read', '40 connections', () => deafAskers(server, 20));
    expect(counts['requests cut']).toBe(20);
  });
});
