import { storageDamaged } from '../sql/storage-damaged.ts';
import type { SessionKey } from '../session-store.ts';
import { isDamaged, isOfDisk, unreadable } from './read-failure.ts';

/** Told of damage that a read has met: the table, and the session if it is of one. */
export type OnDamage = (table: string, key: SessionKey | undefined) => void;

/**
 * What reads do when SQLite comes upon damage, or the disk does not answer.
 *
 * F1. A disk that answers nothing is not damaged: SQLite says the same of a page that it could not read and of one that it
 *     could not understand. Marks would stay with those who follow, when the disk has long been back.
 */
export class ReadFaults {
  readonly isDamage = isDamaged;
  readonly #onDamage: OnDamage;
  readonly #isReadable: () => boolean;

  constructor(options: {
    readonly onDamage: OnDamage;
    /** Whether the disk answers at all. */
    readonly isReadable: () => boolean;
  }) {
    this.#onDamage = options.onDamage;
    this.#isReadable = options.isReadable;
  }

  tell(table: string, key: SessionKey | undefined): void {
    this.#onDamage(table, key);
  }

  /** Tells of damage; throws what is none. */
  mustBeDamage(table: string, key: SessionKey | undefined, error: unknown): void {
    if (!isDamaged(error)) throw error;
    if (!this.#isReadable()) throw unreadable(error); // F1
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
      if (isOfDisk(error)) throw unreadable(error);
      this.mustBeDamage(table, key, error);
      throw storageDamaged(error);
    }
  }
}
