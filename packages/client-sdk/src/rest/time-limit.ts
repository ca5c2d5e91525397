import { isPerdureError, PerdureError } from '@perdure/protocol';
import type { ClientClock } from '../client-clock.ts';

/**
 * Runs a request under the caller's signal and a time limit, even if what it calls heeds neither. What is thrown and not
 * typed yet becomes `unreachable`; after an abort it is the signal's reason.
 */
export async function withTimeLimit<T>(
  clock: ClientClock,
  ms: number,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const limited = new AbortController();
  const abort = () => limited.abort(signal?.reason);
  const aborted = new Promise<never>((_, reject) => {
    limited.signal.addEventListener('abort', () => reject(limited.signal.reason), { once: true });
  });
  signal?.addEventListener('abort', abort, { once: true });
  const callOff = clock.after(ms, () => limited.abort());
  try {
    return await Promise.race([run(limited.signal), aborted]);
  } catch (error) {
    signal?.throwIfAborted();
    if (isPerdureError(error)) throw error;
    throw new PerdureError('unreachable', 'The server could not be reached.', { cause: error });
  } finally {
    callOff();
    signal?.removeEventListener('abort', abort);
  }
}
