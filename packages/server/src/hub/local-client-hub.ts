// H1. A follower is in the map from the call of `follow` until its promise settles, and never after.
// H2. What a broadcast brings is in the rings before any follower hears of it.
// H3. A session without followers has no entry; its recent rows go by the rules of the rings.
import { PerdureError } from '@perdure/protocol';
import type { Clock } from '../session/clock.ts';
import type { LogPage, SessionKey } from '../store/session-store.ts';
import type { Advance, ClientHub, FrameSink } from './client-hub.ts';
import type { Follower } from './follower.ts';
import { FollowerLine } from './follower-line.ts';
import type { FollowSource } from './follow-source.ts';
import type { PumpPorts } from './pump-follower.ts';
import { RecentRows } from './recent-rows.ts';
import { startFollower, startOver } from './start-follower.ts';

export interface LocalClientHubOptions {
  readonly source: FollowSource;
  readonly clock: Clock;
  /** Of an events frame. Small enough that a slow link shows progress, large enough that its envelope is nothing. */
  readonly maxFrameBytes?: number | undefined;
  /** Recent rows of all sessions together. */
  readonly ringBytes?: number | undefined;
  /** Of one session: the largest row twice, so that a busy session does not push out the others. */
  readonly sessionRingBytes?: number | undefined;
  /** Twice the longest pause between two tries of a client to reconnect. */
  readonly ringLingerMs?: number | undefined;
  /** Events not for a follower until its cursor is moved by an empty frame. */
  readonly idleSeqs?: number | undefined;
  readonly idleMs?: number | undefined;
}

/** What a hub holds, for metrics and for tests that nothing stays behind. */
export interface HubUsage {
  readonly followers: number;
  readonly followedSessions: number;
  readonly rings: number;
  readonly ringBytes: number;
}

/** The hub of one process: reads from the log, keeps what is recent, and knows nothing of wires. */
export class LocalClientHub implements ClientHub {
  readonly #source: FollowSource;
  readonly #clock: Clock;
  readonly #recent: RecentRows;
  readonly #idleMs: number;
  readonly #ports: Pick<PumpPorts, 'read' | 'epochAt' | 'maxFrameBytes' | 'idleSeqs'>;
  readonly #lines = new Map<SessionKey, Set<FollowerLine>>();
  #count = 0;
  #settling: (() => void)[] = [];
  #closed: { readonly error: PerdureError | undefined } | undefined;

  constructor(options: LocalClientHubOptions) {
    const maxFrameBytes = options.maxFrameBytes ?? 32_768;
    this.#source = options.source;
    this.#clock = options.clock;
    this.#idleMs = options.idleMs ?? 5_000;
    this.#recent = new RecentRows({
      clock: options.clock,
      maxBytes: options.ringBytes ?? 67_108_864,
      maxSessionBytes: options.sessionRingBytes ?? 2_097_152,
      maxRowBytes: maxFrameBytes / 2,
      lingerMs: options.ringLingerMs ?? 60_000,
    });
    this.#ports = {
      read: (session, after, maxBytes) => this.#read(session, after, maxBytes),
      epochAt: (session, seq) => this.#source.epochAt(session, seq),
      maxFrameBytes,
      idleSeqs: options.idleSeqs ?? 1_000,
    };
  }

  broadcast(session: SessionKey, advance: Advance): void {
    if (this.#closed !== undefined) return;
    this.#recent.append(session, advance);
    for (const line of this.#lines.get(session) ?? []) line.advance(advance.head);
  }

  getClientCount(session?: SessionKey): number {
    return session === undefined ? this.#count : (this.#lines.get(session)?.size ?? 0);
  }

  get usage(): HubUsage {
    return {
      followers: this.#count,
      followedSessions: this.#lines.size,
      rings: this.#recent.size,
      ringBytes: this.#recent.bytes,
    };
  }

  /** Resolves when every follower has been handed all there is for it now. A slow one can take as long as it lives. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settling.push(resolve);
      this.#tellSettled();
    });
  }

  async follow(follower: Follower, sink: FrameSink, signal: AbortSignal): Promise<void> {
    if (this.#closed !== undefined) throw this.#closed.error ?? shuttingDown();
    if (signal.aborted) return;
    const starts = { source: this.#source, recent: this.#recent };
    const start = startFollower(follower, starts);
    await new Promise<void>((resolve, reject) => {
      const line = new FollowerLine({
        follower,
        sink,
        signal,
        clock: this.#clock,
        idleMs: this.#idleMs,
        ports: this.#ports,
        startOver: (floor) => startOver(follower.session, floor, starts),
        onSettled: () => this.#tellSettled(),
        onEnded: (error) => {
          this.#remove(follower.session, line);
          this.#tellSettled();
          if (error === undefined) resolve();
          else reject(error);
        },
      });
      this.#add(follower.session, line);
      line.begin(start);
    });
  }

  end(session: SessionKey, error: PerdureError): void {
    this.#recent.drop(session);
    for (const line of this.#lines.get(session) ?? []) line.end(error);
  }

  /** Ends all followers, with an error if one is given, and takes no more. */
  close(error?: PerdureError): void {
    this.#closed ??= { error };
    for (const lines of this.#lines.values()) for (const line of lines) line.end(error);
    this.#recent.close();
  }

  #read(session: SessionKey, after: number, maxBytes: number): LogPage | Promise<LogPage> {
    return this.#recent.read(session, after, maxBytes) ?? this.#source.read(session, after, maxBytes);
  }

  #tellSettled(): void {
    if (this.#settling.length === 0) return;
    for (const lines of this.#lines.values()) for (const line of lines) if (!line.isSettled) return;
    const settling = this.#settling;
    this.#settling = [];
    for (const resolve of settling) resolve();
  }

  #add(session: SessionKey, line: FollowerLine): void {
    const lines = this.#lines.get(session);
    if (lines === undefined) this.#lines.set(session, new Set([line]));
    else lines.add(line);
    this.#count += 1;
  }

  #remove(session: SessionKey, line: FollowerLine): void {
    const lines = this.#lines.get(session);
    if (lines?.delete(line) !== true) return;
    this.#count -= 1;
    if (lines.size === 0) this.#lines.delete(session);
  }
}

function shuttingDown(): PerdureError {
  return new PerdureError('shutting-down', 'The server is draining. Follow again in a moment.');
}
