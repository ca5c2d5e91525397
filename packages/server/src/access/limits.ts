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
