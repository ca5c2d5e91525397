import type { ChildProcess } from 'node:child_process';

/** What the server's process says over its channel. */
export interface ReadyMessage {
  readonly ready: string;
}

export interface ServerProcessOptions {
  /** Starts the process, with a channel for messages. */
  readonly start: () => ChildProcess;
  /** Called with the address whenever the server listens. */
  readonly onReady: (url: string) => void;
  /** Told to the person at the terminal. */
  readonly say: (line: string) => void;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** The server gives its runs 25 s to end; only then it is taken by force. */
const STOP_MS = 28_000;

/**
 * One server, kept alive by starting it anew whenever its process ends.
 *
 * P1. A server that never listened is not started again: what is wrong will be wrong the next time, and its own last
 *     line says what it is.
 * P2. The pause before a start doubles while starts fail, and is short again after one that listened.
 * P3. After `stop` nothing is started, and nothing is left.
 */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  #child: ChildProcess | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #hasListened = false;
  #isStopping = false;
  #timer: NodeJS.Timeout | undefined;
  #end: (code: number) => void = () => {};

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Resolves when no server will be started any more, with the exit code that tells why. */
  run(): Promise<number> {
    return new Promise((resolve) => {
      this.#end = resolve;
      this.#start();
    });
  }

  /** Ends the process as a crash or a power cut would: it gets no time to do anything. */
  kill(): boolean {
    return this.#child?.kill('SIGKILL') ?? false;
  }

  /** Ends the process in good order; a second call does not wait for it. */
  stop(): void {
    if (this.#isStopping) {
      this.kill();
      return;
    }
    this.#isStopping = true;
    clearTimeout(this.#timer);
    if (this.#child === undefined) {
      this.#end(0);
      return;
    }
    this.#child.kill('SIGTERM');
    this.#timer = setTimeout(() => this.kill(), STOP_MS);
  }

  #start(): void {
    const child = this.#options.start();
    this.#child = child;
    let isReady = false;
    child.on('message', (message) => {
      if (!isReadyMessage(message)) return;
      isReady = true;
      this.#hasListened = true;
      this.#pauseMs = FIRST_PAUSE_MS;
      this.#options.onReady(message.ready);
    });
    // `exit` does not come for a process that could not be started.
    child.on('error', (error) => {
      this.#options.say(`The server could not be started: ${error.message}`);
      if (child.pid === undefined) this.#onExit(1, null, isReady);
    });
    child.on('exit', (code, signal) => this.#onExit(code, signal, isReady));
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null, wasReady: boolean): void {
    this.#child = undefined;
    clearTimeout(this.#timer);
    const how = signal === null ? `with code ${code}` : `by ${signal}`;
    if (this.#isStopping) {
      this.#end(0);
    } else if (!this.#hasListened) {
      this.#options.say(`The server ended ${how} before it was ready.`);
      this.#end(code === null || code === 0 ? 1 : code);
    } else {
      const pauseMs = this.#pauseMs;
      this.#options.say(`The server ended ${how}; starting it again in ${pauseMs / 1_000} s.`);
      if (!wasReady) this.#pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      this.#timer = setTimeout(() => this.#start(), pauseMs);
    }
  }
}

function isReadyMessage(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'ready' in message && typeof message.ready === 'string'
  );
}
