import { once } from 'node:events';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/** What the thread that writes may take until it comes to it. */
const ANSWERED_MS = 2_000;

/**
 * Loaded into every thread of a process: what is returned collects the garbage of this one and of the one that writes, which
 * has a heap of its own. Without such a thread it answers later.
 */
export function collectInThreads(): () => Promise<void> {
  const channel = new BroadcastChannel('collect garbage');
  channel.unref();
  if (!isMainThread) {
    channel.onmessage = ({ data }) => {
      if (data !== 'collect') return;
      collect();
      channel.postMessage('collected');
    };
  }
  return async () => {
    const answered = AbortSignal.timeout(ANSWERED_MS);
    const collected = once(channel, 'message', { signal: answered }).catch(() => undefined);
    channel.postMessage('collect');
    collect();
    await collected;
  };
}

function collect(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
