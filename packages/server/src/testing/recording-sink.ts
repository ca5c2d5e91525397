import type { FollowFrame } from '@perdure/protocol';
import type { FrameSink, FrameText } from '../hub/client-hub.ts';

/** A sink in memory that takes as many frames as it is given room for, and never one more. */
export class RecordingSink implements FrameSink {
  readonly texts: FrameText[] = [];
  #room: number;
  #drained: (() => void) | undefined;
  readonly #heard = new Set<() => void>();

  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  get frames(): FollowFrame[] {
    return this.texts.map(({ json }) => JSON.parse(json));
  }

  /** Texts of the events received, as they stand in the frames. */
  get events(): string[] {
    return this.texts.flatMap(({ json }) => {
      const text = /"events":\[(.*)\],"live":(?:true|false)\}$/s.exec(json)?.[1];
      return text ? text.split(/,\t?(?=\{"seq":)/) : [];
    });
  }

  /** Whether the hub waits for room. */
  get isWaiting(): boolean {
    return this.#drained !== undefined;
  }

  send(frame: FrameText): boolean {
    if (this.#room <= 0) throw new Error('A frame was sent to a sink without room.');
    this.#room -= 1;
    this.texts.push(frame);
    for (const heard of this.#heard) heard();
    return this.#room > 0;
  }

  drained(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#drained = undefined;
        signal.removeEventListener('abort', settle);
        resolve();
      };
      this.#drained = settle;
      signal.addEventListener('abort', settle, { once: true });
      for (const heard of this.#heard) heard();
    });
  }

  /** Takes so many frames more. */
  drain(room = Number.POSITIVE_INFINITY): void {
    this.#room += room;
    this.#drained?.();
  }

  /** Resolves when something holds, looked at after each frame and each wait for room. */
  until(holds: (sink: RecordingSink) => boolean): Promise<this> {
    return new Promise((resolve) => {
      const heard = () => {
        if (!holds(this)) return;
        this.#heard.delete(heard);
        resolve(this);
      };
      this.#heard.add(heard);
      heard();
    });
  }
}
