/**
 * A promise that an abort of the signal rejects with its reason. `begin` gets what settles it, to be called later, and returns
 * what ends the work: that is called as soon as it is settled, and perhaps again.
 */
export function abortable<T>(
  signal: AbortSignal | undefined,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const settle = (answer: () => void) => {
      signal?.removeEventListener('abort', abort);
      end();
      answer();
    };
    const abort = () => settle(() => reject(signal?.reason));
    const end = begin(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    signal?.addEventListener('abort', abort, { once: true });
  });
}
