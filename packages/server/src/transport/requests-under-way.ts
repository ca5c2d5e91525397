import type { IncomingMessage, ServerResponse } from 'node:http';
import { PerdureError } from '@perdure/protocol';

/** Clients send the next request when they have the answer; those that do not wait have a handful under way. */
const MOST = 16;

/**
 * Counts the requests of each connection that are not answered yet. HTTP/1.1 lets a client send many at once, and one packet
 * holds hundreds: all would be served, and their answers kept, for someone who may never read them.
 */
export class RequestsUnderWay {
  readonly #counts = new WeakMap<object, number>();

  /** Counts one until it is answered, or refuses it. */
  add(request: IncomingMessage, response: ServerResponse): PerdureError | undefined {
    if (request.httpVersionMajor > 1) return undefined; // streams have a limit of their own there
    const { socket } = request;
    const current = this.#counts.get(socket) ?? 0;
    if (current >= MOST) {
      return new PerdureError(
        'limit-exceeded',
        `More than ${MOST} requests were sent at once over one connection.`,
        {
          details: { limit: 'requestsUnderWay', max: MOST, current, retryAfterMs: 1_000 },
        },
      );
    }
    this.#counts.set(socket, current + 1);
    response.once('close', () => this.#counts.set(socket, (this.#counts.get(socket) ?? 1) - 1));
    return undefined;
  }
}
