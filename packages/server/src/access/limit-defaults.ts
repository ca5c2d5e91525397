import type { Limits } from './limits.ts';

export const defaultLimits: Limits = {
  bodyBytes: 1_048_576,
  messageBytes: 262_144,
  handshakeBytes: 4_096,
  handshakeTimeoutMs: 5_000,
  unauthenticatedSockets: 500,
  unauthenticatedSocketsPerPeer: 20,
  socketSubscriptions: 100,
  socketMessagesPerSecond: 20,
  principalSockets: 20,
  principalStreams: 20,
  principalCommandsPer10s: 60,
  principalLiveRuns: 10,
  sessionFollowersPerPrincipal: 50,
  sessionQueuedMessages: 100,
  sessionMetadataBytes: 16_384,
  sessionLogBytes: 1_073_741_824,
  jsonDepth: 32,
  batchSize: 10,
  processSockets: 19_000, // below the usual limit of 20,000 open files
  processRuns: 64,
  processChildProcesses: 32,
  eventBytes: 1_048_576,
  targetBytes: 2_048,
};
