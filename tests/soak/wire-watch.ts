/** Looks at what comes over the sockets of one page, before the client leaves out what it has already. */
export class WireWatch {
  #last = 0;

  /** What is wrong with a message, if anything is: an event is sent once, however often the page comes back. */
  take(text: string): string | undefined {
    if (!text.includes('"events"')) return undefined;
    const { result } = JSON.parse(text) as Message;
    for (const { seq } of result?.data?.data?.events ?? []) {
      if (seq <= this.#last) return `event ${seq} was sent after ${this.#last}`;
      this.#last = seq;
    }
    return undefined;
  }
}

/** A message of tRPC with a frame in it. */
interface Message {
  readonly result?: { readonly data?: { readonly data?: { readonly events?: readonly { seq: number }[] } } };
}
