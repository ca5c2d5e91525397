// I13 Who is told that a frame brings it to the end of the log is there, as far as this server has heard of the log: it is not
// left to wait for what comes next. Who has left keeps no timer.
import { type Cursor, parseCursor } from '@perdure/protocol';
import type {
  Advance,
  ClientHub,
  FrameSink,
  FrameText,
} from '../../../packages/server/src/hub/client-hub.ts';
import type { Follower } from '../../../packages/server/src/hub/follower.ts';
import {
  LocalClientHub,
  type LocalClientHubOptions,
} from '../../../packages/server/src/hub/local-client-hub.ts';
import type { Clock } from '../../../packages/server/src/session/clock.ts';
import type { SessionKey } from '../../../packages/server/src/store/session-store.ts';
import type { Fail } from '../oracle/violation.ts';

export interface WatchedHubOptions extends LocalClientHubOptions {
  /** The server's name. */
  readonly name: string;
  readonly fail: Fail;
  reached(what: string): void;
}

/** A follower as it was served so far. */
interface Standing {
  /** Of the last frame. */
  through: number | undefined;
  /** Its sink has no room. */
  isFull: boolean;
}

/** The real hub, with what it hears, sends and sets timers for held against its promises. */
export class WatchedHub implements ClientHub {
  readonly hub: LocalClientHub;
  readonly #options: WatchedHubOptions;
  /** Of each session, the furthest that was told. */
  readonly #heads = new Map<SessionKey, number>();
  /** Those that run, by how long each was set for. */
  readonly #timers = new Set<{ readonly delayMs: number }>();
  readonly #standings = new Map<Follower, Standing>();

  constructor(options: WatchedHubOptions) {
    this.#options = options;
    this.hub = new LocalClientHub({ ...options, clock: this.#counted(options.clock) });
  }

  broadcast(session: SessionKey, advance: Advance): void {
    this.#heads.set(session, Math.max(this.#heads.get(session) ?? 0, advance.head));
    for (const [follower, { through }] of this.#standings)
      if (follower.session === session && through === undefined)
        this.#options.reached('log grows while a follower finds its place');
    this.hub.broadcast(session, advance);
  }

  getClientCount(session?: SessionKey): number {
    return this.hub.getClientCount(session);
  }

  /** Where those stand who follow all of a session, have room, and were not sent what leads to a head. */
  laggingOf(session: SessionKey, head: number): number[] {
    return [...this.#standings].flatMap(([follower, { through, isFull }]) => {
      const isMeant = follower.session === session && follower.types === undefined && !isFull;
      return isMeant && through !== undefined && through < head ? [through] : [];
    });
  }

  async follow(follower: Follower, sink: FrameSink, signal: AbortSignal): Promise<void> {
    const standing: Standing = { through: undefined, isFull: false };
    const watched: FrameSink = {
      send: (frame) => {
        standing.through = throughOf(frame);
        this.#checkLive(follower, frame);
        return sink.send(frame);
      },
      drained: async (left) => {
        standing.isFull = true;
        await sink.drained(left);
        standing.isFull = false;
      },
    };
    this.#standings.set(follower, standing);
    try {
      await this.hub.follow(follower, watched, signal);
    } finally {
      this.#standings.delete(follower);
      this.#checkTimers();
    }
  }

  end(...args: Parameters<ClientHub['end']>): void {
    this.hub.end(...args);
  }

  #checkLive({ session, sessionId, principalId }: Follower, frame: FrameText): void {
    if (!frame.json.endsWith('"live":true}')) return;
    const head = this.#heads.get(session) ?? 0;
    const through = throughOf(frame);
    if (through < head)
      this.#options.fail(
        'I13',
        `${principalId} was told by ${this.#options.name} that ${sessionId} ends at ${through}, and it had heard of ${head}.`,
      );
  }

  /** Each follower has one at most; one more is the hub's own, which sweeps what it keeps of late. */
  #checkTimers(): void {
    const { name, fail, ringLingerMs } = this.#options;
    const delays = [...this.#timers].map(({ delayMs }) => delayMs);
    const own = delays.indexOf(ringLingerMs ?? Number.NaN);
    if (own >= 0) delays.splice(own, 1);
    const followers = this.getClientCount();
    if (delays.length > followers)
      fail('I13', `${followers} followers are left on ${name}, and ${delays.length} timers of theirs.`);
  }

  #counted(clock: Clock): Clock {
    const timer = (delayMs: number, run: () => void) => {
      const running = { delayMs };
      this.#timers.add(running);
      const stop = clock.timer(delayMs, () => {
        this.#timers.delete(running);
        run();
      });
      return () => {
        this.#timers.delete(running);
        stop();
      };
    };
    return { ...clock, timer };
  }
}

const throughOf = ({ cursor }: FrameText) => parseCursor(cursor as Cursor)?.seq ?? 0;
