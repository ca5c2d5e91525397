import type { SessionStore } from '../store/session-store.ts';

export interface BreakDown {
  /** True: what is asked for is written all the same, and only the news of it is lost. */
  readonly writesAnyway?: boolean;
}

/** A store with a disk that fails, stalls or changes hands when a test says so; it reads and writes through another. */
export class FaultySessionStore {
  /** To be given to what is tested. */
  readonly store: SessionStore;
  readonly #inner: SessionStore;
  #broken: BreakDown | undefined;
  #isRepaired = true;
  #fencesLeft = 0;
  #held: Promise<void> | undefined;

  constructor(inner: SessionStore) {
    this.#inner = inner;
    const faulty: Partial<SessionStore> = {
      create: (session) => this.#write(() => inner.create(session)),
      append: (append) => this.#append(append),
      remove: (key) => this.#orReject(() => inner.remove(key)),
      compact: (key, before) => this.#orReject(() => inner.compact(key, before)),
      reopen: () => this.#reopen(),
      health: async () => ({ ...(await inner.health()), isWritable: this.#broken === undefined }),
    };
    this.store = new Proxy(inner, {
      get(target, name) {
        const found = Reflect.get(faulty, name) ?? Reflect.get(target, name, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  }

  /** From here on writes end as `unknown`, until `repair` was called and the store was reopened. */
  breakDown(how: BreakDown = {}): void {
    this.#broken = how;
    this.#isRepaired = false;
  }

  /** Lets the next `reopen` succeed. */
  repair(): void {
    this.#isRepaired = true;
  }

  /** The next appends end as `fenced`, as if another owner had claimed their sessions. */
  fence(count = 1): void {
    this.#fencesLeft = count;
  }

  /** Keeps writes waiting until the returned function is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return () => {
      this.#held = undefined;
      release();
    };
  }

  async #append(append: Parameters<SessionStore['append']>[0]): ReturnType<SessionStore['append']> {
    await this.#held;
    if (this.#fencesLeft > 0) {
      this.#fencesLeft -= 1;
      return { kind: 'fenced' };
    }
    return this.#write(() => this.#inner.append(append));
  }

  async #write<T>(write: () => Promise<T>): Promise<T | { kind: 'unknown'; error: unknown }> {
    await this.#held;
    if (this.#broken === undefined) return write();
    if (this.#broken.writesAnyway) await write();
    return { kind: 'unknown', error: failure() };
  }

  async #orReject(write: () => Promise<void>): Promise<void> {
    const outcome = await this.#write(write);
    if (outcome !== undefined) throw outcome.error;
  }

  async #reopen(): Promise<void> {
    if (!this.#isRepaired) throw failure();
    await this.#inner.reopen();
    this.#broken = undefined;
  }
}

/** As SQLite says it. */
const failure = () => Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
