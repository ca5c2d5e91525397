import { parseCursor } from '@perdure/protocol';

/** Looks at what comes over one socket, before the client leaves out what it has already. */
export class WireWatch {
  /** By the id of a subscription, the last event that it needs no more. */
  readonly #places = new Map<unknown, number>();

  /** Hears what the client sends. */
  ask(text: string): void {
    if (!text.includes('"sessions.follow"')) return;
    const parsed = JSON.parse(text) as Call | Call[];
    for (const { id, params } of Array.isArray(parsed) ? parsed : [parsed]) {
      const cursor = params?.lastEventId ?? params?.input?.lastEventId ?? '';
      this.#places.set(id, parseCursor(cursor)?.seq ?? 0);
    }
  }

  /** What is wrong with a message, if anything is: a subscription brings what comes after its place, each event once. */
  take(text: string): string | undefined {
    if (!text.includes('"events"')) return undefined;
    const { id, result } = JSON.parse(text) as Message;
    for (const { seq } of result?.data?.data?.events ?? []) {
      const last = this.#places.get(id) ?? 0;
      if (seq <= last) return `event ${seq} was sent after ${last}`;
      this.#places.set(id, seq);
    }
    return undefined;
  }
}

/** As tRPC sends it. */
interface Call {
  readonly id: unknown;
  readonly params?: { readonly lastEventId?: string; readonly input?: { readonly lastEventId?: string } };
}

interface Message {
  readonly id: unknown;
  readonly result?: { readonly data?: { readonly data?: { readonly events?: readonly { seq: number }[] } } };
}
