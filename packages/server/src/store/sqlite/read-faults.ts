import type { SessionKey } from '../session-store.ts';
import { isDamaged, readFailure } from './read-failure.ts';

/** Told of damage that a read has met: the table, and the session if it is of one. */
export type OnDamage = (table: string, key: SessionKey | undefined) => void;

/** What reads do when SQLite comes upon damage, or the disk does not answer. */
export class ReadFaults {
  readonly isDamage = isDamaged;
  readonly #onDamage: OnDamage;

  constructor(onDamage: OnDamage) {
    this.#onDamage = onDamage;
  }

  tell(table: string, key: SessionKey | undefined): void {
    this.#onDamage(table, key);
  }

  /** Tells of damage; rethrows what is none. */
  mustBeDamage(table: string, key: SessionKey | undefined, error: unknown): void {
    if (!isDamaged(error)) throw error;
    this.#onDamage(table, key);
  }

  /** What `read` finds, or where it comes upon damage what `otherwise` does. */
  orElse<T>(table: string, key: SessionKey | undefined, read: () => T, otherwise: () => T): T {
    try {
      return read();
    } catch (error) {
      this.mustBeDamage(table, key, error);
      return otherwise();
    }
  }

  /** What `read` finds; a failure is thrown in words that a client can be told. */
  typed<T>(table: string, key: SessionKey | undefined, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (isDamaged(error)) this.#onDamage(table, key);
      throw readFailure(error);
    }
  }
}
