import type { EventDraft } from './event-draft.ts';

/** Above this the environment is asked to wait: a batch that one append takes. */
export const HIGH_WATER_BYTES = 262_144;
/** Above this the run fails: it emits without ever waiting. */
export const OVERFLOW_BYTES = 4_194_304;
/** Adjacent deltas of one block merge up to this: a late joiner needs the text, not the tokens. */
export const MERGED_DELTA_BYTES = 4_096;

interface Queued {
  draft: EventDraft;
  bytes: number;
  /** Number of the last push that is in it. */
  push: number;
}

/** What agents emitted and no append has taken yet, in order. Bounded by its caller through `bytes`. */
export class EmissionQueue {
  #items: Queued[] = [];
  #bytes = 0;
  #pushed = 0;
  #taken = 0;

  /** Number of the last push. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Number of the last push that was taken. */
  get taken(): number {
    return this.#taken;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  push(draft: EventDraft, bytes: number): void {
    this.#bytes += bytes;
    this.#pushed += 1;
    const last = this.#items.at(-1);
    if (last !== undefined && last.bytes + bytes <= MERGED_DELTA_BYTES) {
      const merged = mergedDelta(last.draft, draft);
      if (merged !== undefined) {
        last.draft = merged;
        last.bytes += bytes;
        last.push = this.#pushed;
        return;
      }
    }
    this.#items.push({ draft, bytes, push: this.#pushed });
  }

  /** Takes the oldest emissions, up to about `maxBytes` but at least one. */
  take(maxBytes: number): EventDraft[] {
    let count = 0;
    let bytes = 0;
    for (const item of this.#items) {
      if (count > 0 && bytes + item.bytes > maxBytes) break;
      bytes += item.bytes;
      count += 1;
    }
    const taken = this.#items.slice(0, count);
    this.#items = this.#items.slice(count);
    this.#bytes -= bytes;
    this.#taken = taken.at(-1)?.push ?? this.#taken;
    return taken.map((item) => item.draft);
  }

  clear(): void {
    this.#items = [];
    this.#bytes = 0;
    this.#taken = this.#pushed;
  }
}

function mergedDelta(a: EventDraft, b: EventDraft): EventDraft | undefined {
  if (a.type !== 'block:delta' || b.type !== 'block:delta') return undefined;
  const isSameBlock =
    a.payload.blockId === b.payload.blockId && a.conversationId === b.conversationId && a.runId === b.runId;
  if (!isSameBlock) return undefined;
  return { ...a, payload: { blockId: a.payload.blockId, delta: a.payload.delta + b.payload.delta } };
}
