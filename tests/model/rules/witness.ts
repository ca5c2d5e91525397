import type { AnyEvent } from '@perdure/protocol';
import { LogStory } from './log-story.ts';
import { PlainReader, type PlainReaderOptions } from '../clients/plain-reader.ts';

/**
 * Follows one session from its creation, on a network that never breaks, and holds each event against the rules of logs
 * as it comes.
 */
export class Witness {
  readonly story = new LogStory();
  /** All that was seen, by its place: also deltas that the log no longer has. */
  readonly seen = new Map<number, AnyEvent>();
  readonly reader: PlainReader;
  #wrong: string | undefined;

  constructor(options: Omit<PlainReaderOptions, 'name' | 'wish' | 'onEvent'>) {
    this.reader = new PlainReader({
      ...options,
      name: 'witness',
      wish: { from: 'beginning' },
      onEvent: (event) => this.#take(event),
    });
  }

  get wrong(): string | undefined {
    return this.#wrong ?? this.reader.wrong;
  }

  /** After a fault the story is not told on: what follows from it says nothing. */
  #take(event: AnyEvent): void {
    this.seen.set(event.seq, event);
    if (this.#wrong !== undefined) return;
    try {
      this.story.take(event);
    } catch (error) {
      this.#wrong = (error as Error).message;
    }
  }
}
