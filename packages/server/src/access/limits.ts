/** Every limit there is: a field of the options, a number in `hello.limits`, a row in the tests. */
export interface Limits {
  /** Bytes of a JSON body. */
  readonly bodyBytes: number;
  /** Bytes of one WebSocket message: room for 100 subscriptions sent in one array. */
  readonly messageBytes: number;
  /** Bytes of the first message of a socket that announced its credential. */
  readonly handshakeBytes: number;
  readonly handshakeTimeoutMs: number;
  readonly unauthenticatedSockets: number;
  readonly unauthenticatedSocketsPerPeer: number;
  readonly socketSubscriptions: number;
  readonly socketMessagesPerSecond: number;
  readonly principalSockets: number;
  readonly principalStreams: number;
  readonly principalCommandsPer10s: number;
  readonly principalLiveRuns: number;
  readonly sessionFollowersPerPrincipal: number;
  readonly sessionQueuedMessages: number;
  readonly sessionMetadataBytes: number;
  readonly sessionLogBytes: number;
  readonly jsonDepth: number;
  readonly batchSize: number;
  readonly processSockets: number;
  readonly processRuns: number;
  readonly processChildProcesses: number;
  readonly eventBytes: number;
  readonly targetBytes: number;
}

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
