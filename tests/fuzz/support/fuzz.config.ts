import { defineConfig } from '@perdure/server';
import { agents } from './agents.ts';
import { authenticate } from './people.ts';

const many = 1_000_000;

/** A server that is fuzzed: limits of rate are out of the way, so that every case is looked at in earnest. */
export default defineConfig({
  agents,
  authenticate,
  limits: {
    principalCommandsPer10s: many,
    principalSockets: many,
    principalLiveRuns: many,
    socketMessagesPerSecond: many,
    unauthenticatedSocketsPerPeer: many,
  },
});
