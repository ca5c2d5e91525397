import { orAborted } from './or-aborted.ts';

/** Half of the second within which an interrupted run has to end: the other half is the session's. */
const ABORT_GRACE_MS = 500;

/**
 * The outcome of work that knows the signal. When it aborts, the work gets a moment to clean up, and the outcome is
 * the signal's reason, whether the work was done by then or not.
 */
export async function settledOrAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs = ABORT_GRACE_MS,
): Promise<T> {
  try {
    const outcome = await orAborted(work, signal);
    signal.throwIfAborted();
    return outcome;
  } catch (error) {
    if (signal.aborted) await settledWithin(work, graceMs);
    throw signal.aborted ? signal.reason : error;
  }
}

function settledWithin(work: Promise<unknown>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    work.then(done, done);
  });
}
