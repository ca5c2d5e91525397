import type { Logger } from '../../session/logger.ts';
import type { SessionKey } from '../session-store.ts';

/** Places that are told of one by one: whoever has more knows enough. */
const MAX_TOLD = 1_000;

/** The damage that a store has met. Each place is told of once, as reads meet it again and again. */
export class DamageLog {
  readonly #logger: () => Logger | undefined;
  readonly #told = new Set<string>();
  #rows = 0;
  #isEmpty = true;

  /** It may come to be known only when the store is opened. */
  constructor(logger: () => Logger | undefined) {
    this.#logger = logger;
  }

  /** Rows that were met, each as often as it was. */
  get rows(): number {
    return this.#rows;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  met(table: string, session: SessionKey | undefined): void {
    this.#rows += 1;
    this.#isEmpty = false;
    const place = `${table} ${session ?? ''}`;
    if (this.#told.has(place) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(place);
    this.#logger()?.error({ table, session }, 'the disk has damage: what stood there is left out or refused');
  }

  /** Commits that were acknowledged are gone; `copy` holds what is left of them. */
  lost({ commits, copy }: { readonly commits: number; readonly copy: string | undefined }): void {
    this.#isEmpty = false;
    this.#logger()?.error(
      { commits, copy },
      'the write-ahead log is damaged: the commits behind the damage are lost, unless they were in the database already',
    );
  }
}
