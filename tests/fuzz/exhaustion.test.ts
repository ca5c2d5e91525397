import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Attacked, underAttack } from './support/attacked.ts';
import {
  bodyWithoutEnd,
  bombs,
  commands,
  deafAskers,
  giantPages,
  headerBombs,
  idlers,
  messageFlood,
  messageWithoutEnd,
  packedBraces,
  pingFlood,
  subscriptions,
} from './support/attacks.ts';
import { crowdBeforeLogin } from './support/crowd-before-login.ts';
import { exhaustionConfig, type FuzzServer, startFuzzServer } from './support/fuzz-server.ts';

/** The little that a process of 200 MB takes more when it is busy; each of these attacks would take gigabytes. */
const MOST_BYTES = 256 * 1_048_576;

let server: FuzzServer;
beforeAll(async () => {
  server = await startFuzzServer({ config: exhaustionConfig });
});
afterAll(() => server[Symbol.asyncDispose]());

async function attacked<T>(attack: () => Promise<T>): Promise<T> {
  const { result, served, grownBytes = 0 }: Attacked<T> = await underAttack(server, attack);
  expect(served).toBeGreaterThan(0);
  expect(grownBytes).toBeLessThan(MOST_BYTES);
  return result;
}

describe('a server that is attacked serves others, in a bounded memory', () => {
  it('[N12] by those who do not say who they are: 20 from one address, and places are free again when they leave', async () => {
    await attacked(async () => {
      const crowd = await crowdBeforeLogin(server, { peers: 1, each: 25 });
      expect(crowd.counts).toEqual({ taken: 20, unauthenticatedSocketsPerPeer: 5 });
      await crowd.leave();
      const next = await crowdBeforeLogin(server, { peers: 1, each: 20 });
      expect(next.counts).toEqual({ taken: 20 });
      await next.leave();
    });
  });

  it('[N12] by bodies and messages without end: 413 and 1009', async () => {
    expect(Object.keys(await attacked(() => bodyWithoutEnd(server, 20_000_000)))).toContain(
      'payload-too-large',
    );
    expect(Object.keys(await attacked(() => messageWithoutEnd(server, 2_000_000)))).toEqual(['1009']);
  });

  it('[N12] by what would be much if it was unpacked: it is not', async () => {
    const packed = packedBraces(16_000_000);
    expect(await attacked(() => bombs(server, packed))).toEqual({ 'malformed-json': 6, 1002: 1 });
  });

  it('[N12] by 10,000 subscriptions on one socket: 100 are open, the others refused', async () => {
    const counts = await attacked(() => subscriptions(server, 10_000));
    expect(Object.keys(counts).toSorted()).toEqual(['started', 'too-many-streams']);
    expect(counts['started']).toBe(100);
  });

  it('[N12] by floods of messages and of pings: their sockets are ended', async () => {
    expect(await attacked(() => messageFlood(server, 3))).toEqual({ 1013: 3 });
    const pings = await attacked(() => pingFlood(server, 3));
    expect(Object.values(pings).reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('[N12] by 20 who ask at once for pages of what is as large as it may be: the pages are short', async () => {
    expect(await attacked(() => giantPages(server, { events: 30, atOnce: 20 }))).toEqual({ short: 20 });
  });

  it('[N12] by 2,000 commands: those over 60 in 10 s are told when to come again', async () => {
    const counts = await attacked(() => commands(server, 2_000));
    expect(Object.keys(counts).every((code) => ['200', '201', 'limit-exceeded'].includes(code))).toBe(true);
    expect(counts['limit-exceeded']).toBeGreaterThan(500);
  });

  it('[N12] by headers without end: 414', async () => {
    expect(await attacked(() => headerBombs(server, 20))).toEqual({ 'target-too-long': 20 });
  });

  it('[N12] by many who say nothing', async () => {
    await attacked(async () => (await idlers(server, { connections: 300, sockets: 10 })).leave());
  });

  it('[E9] by those who ask and never read: nothing more is read from them', async () => {
    const counts = await attacked(() => deafAskers(server, 2));
    expect(counts['requests cut']).toBe(2);
    expect((counts['socket cut'] ?? 0) + (counts['socket not read'] ?? 0)).toBe(2);
  });
});
