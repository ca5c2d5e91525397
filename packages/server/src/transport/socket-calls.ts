import { PerdureError } from '@perdure/protocol';
import type { Limits } from '../access/limits.ts';
import { TokenBucket } from '../access/token-bucket.ts';
import { limitExceeded } from './error-answers.ts';
import { batchTooLarge } from './batch-too-large.ts';

/** The id of a call as the client chose it. */
export type CallId = string | number;

/** A call that is not let through, and why. */
export interface RefusedCall {
  readonly id: CallId;
  readonly error: PerdureError;
}

export interface AdmittedMessage {
  /** What may go on to the router; `undefined`: nothing. */
  readonly message: unknown;
  readonly refused: readonly RefusedCall[];
}

type Kind = 'subscription' | 'query' | 'mutation';

/**
 * What is open on one socket, and how much it may open.
 *
 * C1. Every call that is open is known by its id, so that each can be told when the socket has to end.
 * C2. A message over the rate is refused call by call, and the socket is not read until there is room: a flood costs its
 *     sender, not us.
 */
export class SocketCalls {
  readonly #limits: Limits;
  readonly #rate: TokenBucket;
  readonly #open = new Map<CallId, Kind>();
  #subscriptions = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#rate = new TokenBucket(limits.socketMessagesPerSecond, 1_000);
  }

  get openIds(): readonly CallId[] {
    return [...this.#open.keys()];
  }

  /** Counts a message; returns how long not to read from the socket, 0 if it is within the rate. */
  take(nowMs: number): number {
    return this.#rate.take(nowMs);
  }

  /** Judges a parsed message, one call or an array of them, that came `lateMs` before there was room for it. */
  admit(parsed: unknown, lateMs: number): AdmittedMessage {
    const calls = Array.isArray(parsed) ? parsed : [parsed];
    if (lateMs > 0) {
      const max = this.#limits.socketMessagesPerSecond;
      const refusal = { limit: 'socketMessagesPerSecond', max, current: max, retryAfterMs: lateMs };
      return { message: undefined, refused: refuseAll(calls, limitExceeded(refusal)) };
    }
    const others = calls.filter((call) => isCallOf(call, 'query') || isCallOf(call, 'mutation'));
    if (others.length > this.#limits.batchSize) {
      const error = batchTooLarge(this.#limits.batchSize, others.length);
      return { message: undefined, refused: refuseAll(calls, error) };
    }
    const refused: RefusedCall[] = [];
    const admitted = calls.filter((call) => {
      const error = this.#refusalOf(call);
      const id = idOf(call);
      if (error !== undefined && id !== undefined) refused.push({ id, error });
      return error === undefined;
    });
    const message = Array.isArray(parsed) ? admitted : admitted[0];
    return { message: admitted.length === 0 ? undefined : message, refused };
  }

  /** Notes what the router answers, so that a call is open exactly as long as it is. */
  answered(id: unknown, ends: boolean): void {
    if (!isCallId(id)) return;
    const kind = this.#open.get(id);
    if (kind === undefined || (kind === 'subscription' && !ends)) return;
    this.#open.delete(id);
    if (kind === 'subscription') this.#subscriptions -= 1;
  }

  #refusalOf(call: unknown): PerdureError | undefined {
    const id = idOf(call);
    const kind = kindOf(call);
    // A stop, or something that is no call: the router knows what to say to it.
    if (id === undefined || kind === undefined) return undefined;
    if (this.#open.has(id)) return new PerdureError('invalid-input', 'A call with this id is still open.');
    const max = this.#limits.socketSubscriptions;
    if (kind === 'subscription') {
      if (this.#subscriptions >= max) {
        const refusal = {
          limit: 'socketSubscriptions',
          max,
          current: this.#subscriptions,
          retryAfterMs: 1_000,
        };
        return limitExceeded(refusal, 'too-many-streams');
      }
      this.#subscriptions += 1;
    }
    this.#open.set(id, kind);
    return undefined;
  }
}

/** The ids of all calls in a message. */
export function callIdsOf(parsed: unknown): readonly CallId[] {
  const calls = Array.isArray(parsed) ? parsed : [parsed];
  return calls.filter((call) => kindOf(call) !== undefined).flatMap((call) => idOf(call) ?? []);
}

function refuseAll(calls: readonly unknown[], error: PerdureError): RefusedCall[] {
  return callIdsOf(calls).map((id) => ({ id, error }));
}

function isCallOf(call: unknown, kind: Kind): boolean {
  return kindOf(call) === kind;
}

function kindOf(call: unknown): Kind | undefined {
  if (typeof call !== 'object' || call === null || !('method' in call)) return undefined;
  const { method } = call;
  return method === 'subscription' || method === 'query' || method === 'mutation' ? method : undefined;
}

function idOf(call: unknown): CallId | undefined {
  return typeof call === 'object' && call !== null && 'id' in call && isCallId(call.id) ? call.id : undefined;
}

function isCallId(id: unknown): id is CallId {
  return typeof id === 'string' || typeof id === 'number';
}
