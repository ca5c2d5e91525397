import { PerdureError } from '@perdure/protocol';
import type { Limits } from '../access/limits.ts';
import { TokenBucket } from '../access/token-bucket.ts';
import { limitExceeded } from './error-answers.ts';
import { batchTooLarge } from './batch-too-large.ts';
import { type CallId, type CallKind, isCallId, readCalls, type SocketCall } from './socket-call.ts';

/** A call that is not let through, and why. */
export interface RefusedCall {
  /** `null`: it has none that could be told. */
  readonly id: CallId | null;
  readonly error: PerdureError;
}

export interface AdmittedMessage {
  /** What may go on to the router; `undefined`: nothing. */
  readonly message: unknown;
  readonly refused: readonly RefusedCall[];
}

/** Twice what a socket may have open. One message holds thousands of calls, and each refusal is ten times as long. */
const MOST_REFUSALS = 200;

/**
 * What is open on one socket, and how much it may open.
 *
 * C1. Every call that is open is known by its id, so that each can be told when the socket has to end; and only what the
 *     router has been given is open, for it alone ends it.
 * C2. A message over the rate is refused call by call, and the socket is not read until there is room: a flood costs its
 *     sender, not us.
 * C3. The answers to one message are bounded, whatever it holds: beyond that all others are told as one.
 */
export class SocketCalls {
  readonly #limits: Limits;
  readonly #rate: TokenBucket;
  readonly #open = new Map<CallId, CallKind>();
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
    const calls = readCalls(parsed);
    if (lateMs > 0) {
      const max = this.#limits.socketMessagesPerSecond;
      const refusal = { limit: 'socketMessagesPerSecond', max, current: max, retryAfterMs: lateMs };
      return { message: undefined, refused: refuseAll(calls, limitExceeded(refusal)) };
    }
    const others = calls.filter(({ kind }) => kind === 'query' || kind === 'mutation');
    if (others.length > this.#limits.batchSize) {
      const error = batchTooLarge(this.#limits.batchSize, others.length);
      return { message: undefined, refused: refuseAll(calls, error) };
    }
    const refused: RefusedCall[] = [];
    const admitted = calls.flatMap((call) => {
      const error = this.#refusalOf(call);
      if (error !== undefined) refused.push({ id: call.id, error });
      return error === undefined && call.kind !== 'unreadable' ? [call.value] : [];
    });
    const message = Array.isArray(parsed) ? admitted : admitted[0];
    return { message: admitted.length === 0 ? undefined : message, refused: bounded(refused) };
  }

  /** Notes what the router answers, so that a call is open exactly as long as it is. */
  answered(id: unknown, ends: boolean): void {
    if (!isCallId(id)) return;
    const kind = this.#open.get(id);
    if (kind === undefined || (kind === 'subscription' && !ends)) return;
    this.#open.delete(id);
    if (kind === 'subscription') this.#subscriptions -= 1;
  }

  #refusalOf(call: SocketCall): PerdureError | undefined {
    switch (call.kind) {
      case 'unreadable':
        return new PerdureError(
          'invalid-input',
          'The message is no call: it needs an id, a method and params.',
        );
      case 'stop':
        return undefined;
      case 'query':
      case 'mutation':
      case 'subscription':
        return this.#refusalOfCall(call.id, call.kind);
      default:
        throw call satisfies never;
    }
  }

  #refusalOfCall(id: CallId, kind: CallKind): PerdureError | undefined {
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

/** The ids under which the calls in a message are told that they failed. */
export function callIdsOf(parsed: unknown): readonly CallId[] {
  return readCalls(parsed)
    .flatMap(({ kind, id }) => (kind === 'stop' || id === null ? [] : [id]))
    .slice(0, MOST_REFUSALS);
}

function refuseAll(calls: readonly SocketCall[], error: PerdureError): readonly RefusedCall[] {
  return bounded(calls.flatMap(({ kind, id }) => (kind === 'stop' ? [] : [{ id, error }])));
}

/** C3. */
function bounded(refused: readonly RefusedCall[]): readonly RefusedCall[] {
  const [next] = refused.slice(MOST_REFUSALS);
  return next === undefined ? refused : [...refused.slice(0, MOST_REFUSALS), { id: null, error: next.error }];
}
