import { createHash } from 'node:crypto';

/** What was read of a log, in a few bytes: equal for equal events in equal order. */
export class LogDigest {
  #place: number;
  #hash = '';
  #gaps = 0;

  constructor(place: number) {
    this.#place = place;
  }

  get place(): number {
    return this.#place;
  }

  get hash(): string {
    return this.#hash;
  }

  /** How often an event did not follow the one before it. */
  get gaps(): number {
    return this.#gaps;
  }

  add(event: { readonly seq: number }): void {
    if (event.seq !== this.#place + 1) this.#gaps += 1;
    this.#place = event.seq;
    this.#hash = createHash('sha1').update(this.#hash).update(JSON.stringify(event)).digest('base64');
  }
}
