import type { AnyEvent } from '@perdure/protocol';

/** What is left of an event for a comparison: two events with the same mark are the same, and it tells deltas. */
export function markOf(event: AnyEvent): number {
  return fnv1a(JSON.stringify(event)) * 2 + (event.type === 'block:delta' ? 1 : 0);
}

const isDelta = (mark: number) => mark % 2 === 1;

/** The events of one session as one client has had them, however often it read them. */
export class LogRecord {
  readonly #marks = new Map<number, number>();
  #last = 0;

  /** The place of the last event since reading began. */
  get last(): number {
    return this.#last;
  }

  markAt(seq: number): number | undefined {
    return this.#marks.get(seq);
  }

  /** What is wrong with the next event, if anything is. */
  take(event: AnyEvent): string | undefined {
    const { seq } = event;
    const mark = markOf(event);
    const before = this.#marks.get(seq);
    const last = this.#last;
    this.#last = seq;
    this.#marks.set(seq, mark);
    if (seq <= last) return `event ${seq} came after ${last}`;
    if (before !== undefined && before !== mark)
      return `event ${seq} was another one when it was read before`;
    return undefined;
  }

  /** It is read from the beginning again. */
  rewind(): void {
    this.#last = 0;
  }

  /** What is wrong with it between two places, given what the server has there. Deltas that the server took out may be in it. */
  compare(server: ReadonlyMap<number, number>, after: number, through: number): readonly string[] {
    const wrong: string[] = [];
    for (const [seq, mark] of server) {
      const own = this.#marks.get(seq);
      if (own === undefined) wrong.push(`event ${seq} never came`);
      else if (own !== mark) wrong.push(`event ${seq} came as another one`);
    }
    for (const [seq, mark] of this.#marks) {
      if (seq <= after || seq > through || server.has(seq) || isDelta(mark)) continue;
      wrong.push(`event ${seq} is in no log`);
    }
    return wrong;
  }
}

function fnv1a(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
