import { isPerdureError } from '@perdure/protocol';
import { abortable } from '../abortable.ts';
import type { ClientClock } from '../client-clock.ts';
import { unreachable } from '../unreachable.ts';

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
  const limited = new AbortController();
  try {
    return await abortable<T>(signal, (resolve, reject) => {
      run(limited.signal).then(resolve, reject);
      return clock.after(ms, () => reject(undefined));
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (isPerdureError(error)) throw error;
    throw unreachable('The server could not be reached.', error);
  } finally {
    limited.abort(signal?.reason);
  }
}
