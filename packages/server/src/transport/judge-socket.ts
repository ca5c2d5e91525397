import type { IncomingMessage } from 'node:http';
import { closeCodes, type PerdureError } from '@perdure/protocol';
import type { Authenticator } from '../access/authenticator.ts';
import type { Limiter, Release } from '../access/limiter.ts';
import type { Limits } from '../access/limits.ts';
import type { Principal } from '../access/principal.ts';
import type { Clock } from '../session/clock.ts';
import { authenticateCaller } from './authenticate-caller.ts';
import type { Caller } from './caller.ts';
import { limitExceeded } from './error-answers.ts';
import type { ConnectionParams } from './first-message.ts';
import { checkProtocol, principalOf } from './leaf-guard.ts';

export interface JudgeParts {
  readonly authenticator: Authenticator;
  readonly limiter: Limiter;
  readonly limits: Limits;
  readonly clock: Clock;
}

export interface SocketPeer {
  readonly request: IncomingMessage;
  readonly remoteAddress: string;
}

export interface JudgedSocket {
  readonly caller: Caller;
  readonly principal: Principal;
  /** Gives back the principal's place. */
  readonly release: Release;
}

/** Says who is at the other end of a socket; rejects with the error that ends it. */
export async function judgeSocket(
  { token, protocol }: ConnectionParams,
  { request, remoteAddress }: SocketPeer,
  { authenticator, limiter, limits, clock }: JudgeParts,
  closed: AbortSignal,
): Promise<JudgedSocket> {
  const late = new AbortController();
  // A socket that waits is not read from, so it would not notice that its client has left.
  const stopTimer = clock.timer(limits.handshakeTimeoutMs, () =>
    late.abort(new Error(`The authenticator did not answer within ${limits.handshakeTimeoutMs} ms.`)),
  );
  const signal = AbortSignal.any([late.signal, closed]);
  const headers = headersOf(request);
  try {
    const caller = await Promise.race([
      authenticateCaller(
        authenticator,
        { credential: token, protocol, headers, remoteAddress, transport: 'websocket' },
        signal,
      ),
      aborted(signal),
    ]);
    checkProtocol(protocol);
    const principal = principalOf(caller);
    const release = await limiter.hold('principalSockets', principal);
    if (typeof release === 'object') throw limitExceeded(release);
    return { caller, principal, release };
  } finally {
    stopTimer();
  }
}

/** Standard codes for "a fault here" and "try again later". */
const FAULT = 1011;
const TRY_LATER = 1013;

/** With which code a socket ends that was refused. */
export function closeCodeOf({ code }: PerdureError): number {
  switch (code) {
    case 'unauthenticated':
      return closeCodes.unauthenticated;
    case 'protocol-mismatch':
      return closeCodes.protocolMismatch;
    case 'limit-exceeded':
      return TRY_LATER;
    default:
      return FAULT;
  }
}

/** Headers by name, each as one text. */
export function headersOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const joined = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return Object.fromEntries(joined);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
