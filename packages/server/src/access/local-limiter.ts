import type { Clock } from '../session/clock.ts';
import type { Limiter, LimitName, Refusal, Release } from './limiter.ts';
import type { Limits } from './limits.ts';
import { Places } from './places.ts';
import type { Principal } from './principal.ts';
import { TokenBucket } from './token-bucket.ts';

/** Limits that are rates, with the time over which their number is meant; all others are numbers of places. */
const ratePeriodsMs: Partial<Record<LimitName, number>> = {
  principalCommandsPer10s: 10_000,
  socketMessagesPerSecond: 1_000,
};

/** A held place is usually given back in seconds to minutes; asking sooner than this only costs both sides. */
const PLACE_RETRY_MS = 1_000;

/** More than principals act within ten seconds. */
const MAX_BUCKETS = 10_000;

/**
 * Counts in this process.
 *
 * L1. Memory is bounded: a bucket that is full again is as good as none, and places count only what is held.
 * L2. Limits of a principal do not bind the open principal, who is everyone on this machine; totals of the process do.
 */
export class LocalLimiter implements Limiter {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #places = new Places();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  async take(limit: LimitName, principal: Principal, subject = '', cost = 1): Promise<Refusal | undefined> {
    if (isExempt(limit, principal)) return undefined;
    const nowMs = this.#clock.monotonic();
    const max = this.#limits[limit];
    const bucket = this.#bucket(keyOf(limit, principal, subject), limit);
    const retryAfterMs = bucket.take(nowMs, cost);
    return retryAfterMs === 0 ? undefined : { limit, max, current: bucket.taken(nowMs), retryAfterMs };
  }

  async hold(limit: LimitName, principal: Principal, subject = ''): Promise<Release | Refusal> {
    if (isExempt(limit, principal)) return () => {};
    const key = keyOf(limit, principal, subject);
    const max = this.#limits[limit];
    return (
      this.#places.hold(key, max) ?? {
        limit,
        max,
        current: this.#places.count(key),
        retryAfterMs: PLACE_RETRY_MS,
      }
    );
  }

  /** Least recently used first: with so many in use, the one that goes is full again, or nearly. */
  #bucket(key: string, limit: LimitName): TokenBucket {
    const bucket =
      this.#buckets.get(key) ?? new TokenBucket(this.#limits[limit], ratePeriodsMs[limit] ?? 1_000);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size > MAX_BUCKETS && oldest.done !== true) this.#buckets.delete(oldest.value);
    return bucket;
  }
}

function isExempt(limit: LimitName, principal: Principal): boolean {
  const isOfPrincipal = limit.startsWith('principal') || limit === 'sessionFollowersPerPrincipal';
  return isOfPrincipal && (principal.kind === 'open' || principal.kind === 'system');
}

/** Totals of the process are one count whoever asks; all others are each principal's own. */
function keyOf(limit: LimitName, principal: Principal, subject: string): string {
  return limit.startsWith('process')
    ? limit
    : JSON.stringify([limit, principal.tenantId, principal.id, subject]);
}
