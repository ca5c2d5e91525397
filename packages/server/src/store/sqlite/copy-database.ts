// C1. The copy runs in a thread of its own, on a connection of its own: the one that writes never waits for it.
import type { CopyOptions } from './writer-messages.ts';
import { WriterThread } from './writer-thread.ts';

export interface CopyDatabaseOptions extends Omit<CopyOptions, 'stop'> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a database as of one moment, whichever process writes to it meanwhile. Rejects with `invalid-input` for a target that
 * exists or cannot be made, with `storage-read-only` for too little room, and with the reason of the signal.
 */
export async function copyDatabase({ signal, ...options }: CopyDatabaseOptions): Promise<void> {
  signal?.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const onAbort = () => void Atomics.store(stop, 0, 1);
  signal?.addEventListener('abort', onAbort, { once: true });
  const thread = new WriterThread(() => undefined);
  try {
    await thread.call('copy', { ...options, stop });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await thread.call('close', undefined).catch(() => undefined);
    await thread.ended();
  }
}
