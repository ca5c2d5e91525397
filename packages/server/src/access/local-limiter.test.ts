import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { defaultLimits } from './limit-defaults.ts';
import { LocalLimiter } from './local-limiter.ts';
import { openPrincipal } from './open-authenticator.ts';
import type { Principal } from './principal.ts';
import { TokenBucket } from './token-bucket.ts';

const ann: Principal = { ...openPrincipal, id: 'ann', kind: 'user' };
const bob: Principal = { ...ann, id: 'bob' };

describe('LocalLimiter', () => {
  it('[N12] 60 commands in 10 s pass, the next is told how long to wait, and then passes', async () => {
    const clock = new ManualClock();
    const limiter = new LocalLimiter(defaultLimits, clock);
    for (let count = 0; count < 60; count++)
      expect(await limiter.take('principalCommandsPer10s', ann)).toBeUndefined();
    const refusal = await limiter.take('principalCommandsPer10s', ann);
    expect(refusal).toEqual({ limit: 'principalCommandsPer10s', max: 60, current: 60, retryAfterMs: 167 });
    expect(await limiter.take('principalCommandsPer10s', bob)).toBeUndefined();
    clock.advance(167);
    expect(await limiter.take('principalCommandsPer10s', ann)).toBeUndefined();
    expect(await limiter.take('principalCommandsPer10s', ann)).toBeDefined();
  });

  it('[E11] places are held, refused one over, and given back once', async () => {
    const limiter = new LocalLimiter({ ...defaultLimits, principalSockets: 2 }, new ManualClock());
    const [first, second] = [
      await limiter.hold('principalSockets', ann),
      await limiter.hold('principalSockets', ann),
    ];
    expect(await limiter.hold('principalSockets', ann)).toMatchObject({
      limit: 'principalSockets',
      max: 2,
      current: 2,
    });
    expect(typeof (await limiter.hold('principalSockets', bob))).toBe('function');
    if (typeof first !== 'function' || typeof second !== 'function') throw new TypeError('Not held.');
    first();
    first();
    expect(typeof (await limiter.hold('principalSockets', ann))).toBe('function');
    expect(await limiter.hold('principalSockets', ann)).toMatchObject({ current: 2 });
  });

  it('[N12] the open principal is bound by the process and not by itself', async () => {
    const limiter = new LocalLimiter(
      { ...defaultLimits, principalSockets: 0, processSockets: 1 },
      new ManualClock(),
    );
    expect(typeof (await limiter.hold('principalSockets', openPrincipal))).toBe('function');
    expect(typeof (await limiter.hold('processSockets', openPrincipal))).toBe('function');
    expect(await limiter.hold('processSockets', ann)).toMatchObject({ limit: 'processSockets' });
  });

  it('[N12] memory is bounded however many act', async () => {
    const limiter = new LocalLimiter(defaultLimits, new ManualClock());
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 50_000; count++)
      await limiter.take('principalCommandsPer10s', { ...ann, id: `p${count}` });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000);
  });
});

describe('TokenBucket', () => {
  it('[N12] of none lets nothing through', () => {
    const bucket = new TokenBucket(0, 1_000);
    expect([bucket.take(0), bucket.take(5_000), bucket.taken(0)]).toEqual([1_000, 1_000, 0]);
  });

  it('[N12] holds exactly its number at once, whatever the number and however long the machine is up', () => {
    const upMs = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e11, noNaN: true }));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom(1_000, 10_000),
        upMs,
        (max, perMs, nowMs) => {
          const bucket = new TokenBucket(max, perMs);
          let taken = 0;
          while (bucket.take(nowMs) === 0) taken += 1;
          expect(taken).toBe(max);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('[N12] never lets more through in any period than its number and what flows in meanwhile', () => {
    const waits = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 50 }), (pausesMs, max) => {
        const bucket = new TokenBucket(max, 1_000);
        let nowMs = 0;
        const taken: number[] = [];
        for (const pauseMs of pausesMs) {
          nowMs += pauseMs;
          if (bucket.take(nowMs) === 0) taken.push(nowMs);
        }
        for (const [index, fromMs] of taken.entries()) {
          for (let at = index; at < taken.length; at++) {
            const spanMs = (taken[at] ?? 0) - fromMs;
            expect(at - index + 1).toBeLessThanOrEqual(max + (spanMs * max) / 1_000 + 1e-3);
          }
        }
      }),
    );
  });

  it('[N12] who waits as long as it is told is let through', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 300 }), (max, tries) => {
        const bucket = new TokenBucket(max, 10_000);
        let nowMs = 0;
        for (let count = 0; count < tries; count++) {
          const waitMs = bucket.take(nowMs);
          if (waitMs === 0) continue;
          nowMs += waitMs;
          expect(bucket.take(nowMs)).toBe(0);
        }
      }),
    );
  });
});
