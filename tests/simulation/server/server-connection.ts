import {
  closeCodes,
  type ErrorBody,
  type FollowFrame,
  type FollowInput,
  isPerdureError,
} from '@perdure/protocol';
import { StallError } from '../../../packages/server/src/hub/stall-error.ts';
import { StallGuard } from '../../../packages/server/src/hub/stall-guard.ts';
import type { Caller } from '../../../packages/server/src/transport/caller.ts';
import { unauthenticated } from '../../../packages/server/src/transport/unauthenticated.ts';
import type { WatchedSubscription } from '../oracle/check-frames.ts';
import { frameMessage, type DownMessage, type UpMessage } from '../wire/wire-messages.ts';
import type { Wire } from '../wire/wire.ts';
import type { SimulatedServer } from './simulated-server.ts';

export interface ServerConnectionOptions {
  readonly wire: Wire;
  readonly server: SimulatedServer;
  readonly caller: Caller;
  readonly highWaterBytes: number;
}

/** What is not a frame is small and does not wait for room: beginnings, ends, and what is around a frame. */
const SMALL_TALK_BYTES = 1_000;

/** The server's end of a wire: what the real one does with a tRPC socket, with the same handler, guard and watches. */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #guard: StallGuard;
  readonly #open = new Map<number, AbortController>();
  readonly #endings: (() => void)[] = [];
  #isEnded = false;

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    const { wire, server, highWaterBytes, caller } = options;
    const socket = {
      get bufferedAmount() {
        return wire.bufferedBytes;
      },
      onDrain: (listener: () => void) => wire.onDrain(listener),
      close: (code: number) => this.close(code),
    };
    this.#guard = new StallGuard({ socket, clock: server.clock, highWaterBytes });
    wire.serverEnd = { heard: (text) => this.#heard(text), closed: () => this.#finish() };
    if (caller.authentication.ok) {
      const { principal } = caller.authentication;
      this.#endings.push(
        server.credentials.watch(principal, (end) => this.#expel(unauthenticated(end).toBody())),
      );
    }
  }

  get name(): string {
    return this.#options.wire.name;
  }

  /** Whether what its client says arrives here. */
  get isHeard(): boolean {
    return this.#options.wire.isOpen;
  }

  get openFollows(): number {
    return this.#open.size;
  }

  close(code: number): void {
    if (this.#isEnded) return;
    this.#options.server.world.reached(`close ${code}`);
    this.#options.wire.closeByServer(code);
    this.#finish();
  }

  #expel(error: ErrorBody): void {
    for (const id of this.#open.keys()) this.#say({ id, error });
    this.close(closeCodes.unauthenticated);
  }

  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const left of this.#open.values()) left.abort();
    this.#open.clear();
    for (const end of this.#endings.splice(0)) end();
    this.#options.server.left(this);
  }

  #say(message: DownMessage): void {
    if (!this.#isEnded) this.#options.wire.down(JSON.stringify(message), false);
  }

  #heard(text: string): void {
    const message = JSON.parse(text) as UpMessage;
    if ('stop' in message) {
      this.#open.get(message.id)?.abort();
      this.#open.delete(message.id);
      return;
    }
    const left = new AbortController();
    this.#open.set(message.id, left);
    void this.#follow(message.id, message.follow, left.signal);
  }

  async #follow(id: number, input: FollowInput, signal: AbortSignal): Promise<void> {
    const { server, caller, wire } = this.#options;
    const watched = server.watchSubscription(`${wire.name}/${id}`, caller, input);
    try {
      const frames = await server.follow(input, { ...caller, sendGuard: this.#guard }, signal);
      this.#say({ id, started: true });
      for await (const json of frames) {
        if (this.#isEnded) return;
        this.#sendFrame(id, json, watched);
      }
      if (!signal.aborted) this.#say({ id, ended: true });
    } catch (error) {
      if (error instanceof StallError) return; // the guard has closed the socket
      if (signal.aborted && !isPerdureError(error)) return;
      const told = server.errorOf(error, 'sessions.follow');
      server.world.reached(`told ${told.code}`);
      this.#say({ id, error: told.toBody() });
    } finally {
      this.#open.delete(id);
    }
  }

  #sendFrame(id: number, json: string, watched: WatchedSubscription): void {
    const { server, wire, highWaterBytes } = this.#options;
    const before = wire.bufferedBytes;
    if (before > highWaterBytes + SMALL_TALK_BYTES)
      server.world.fail(
        'I11',
        `${watched.name} was sent a frame with ${before} bytes buffered of ${highWaterBytes}.`,
      );
    server.world.frameSent(watched, JSON.parse(json) as FollowFrame, json);
    wire.down(frameMessage(id, json), true);
  }
}
