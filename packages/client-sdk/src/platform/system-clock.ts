import type { ClientClock } from '../client-clock.ts';

/** The platform's time and chance. No other file of the client asks for them. */
export const systemClock: ClientClock = {
  after(ms, run) {
    // A server may ask for any wait, and one of more than 24 days would be over at once.
    const timer = setTimeout(run, Math.min(ms, 2e9));
    return () => clearTimeout(timer);
  },
  soon: (run) => queueMicrotask(run),
  random: () => Math.random(),
  // Not `crypto.randomUUID`: pages without TLS and React Native lack it.
  id() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  },
};
