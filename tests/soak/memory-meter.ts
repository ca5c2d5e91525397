import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

interface Sample {
  readonly atMs: number;
  readonly rssBytes: number;
}

export interface MemoryMeterOptions {
  readonly directory: string;
  readonly everyMs: number;
  /** Nothing while there is no server. */
  readonly rss: () => Promise<number | undefined>;
}

/** Looks at the memory of the server and at the size of its write-ahead log, again and again. */
export class MemoryMeter {
  readonly #options: MemoryMeterOptions;
  readonly #samples: Sample[] = [];
  readonly #looking: Promise<void>;
  #isOver = false;
  #walBytes = 0;

  constructor(options: MemoryMeterOptions) {
    this.#options = options;
    this.#looking = this.#look();
  }

  /** The most that the write-ahead log had. */
  get walBytes(): number {
    return this.#walBytes;
  }

  /** The slope of the memory since a moment, by the straight line that fits it best. */
  bytesPerMinuteSince(sinceMs: number): number {
    const samples = this.#samples.filter(({ atMs }) => atMs >= sinceMs);
    const mean = (of: (sample: Sample) => number) =>
      samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
    const middleMs = mean(({ atMs }) => atMs);
    const level = mean(({ rssBytes }) => rssBytes);
    const slope =
      samples.reduce((sum, { atMs, rssBytes }) => sum + (atMs - middleMs) * (rssBytes - level), 0) /
      samples.reduce((sum, { atMs }) => sum + (atMs - middleMs) ** 2, 0);
    return Math.round(slope * 60_000);
  }

  /** In MiB, from the first to the last. */
  get course(): readonly number[] {
    return this.#samples.map(({ rssBytes }) => Math.round(rssBytes / 2 ** 20));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { directory, everyMs, rss } = this.#options;
    while (!this.#isOver) {
      const rssBytes = await rss();
      if (rssBytes !== undefined) this.#samples.push({ atMs: performance.now(), rssBytes });
      const wal = statSync(join(directory, 'perdure.db-wal'), { throwIfNoEntry: false });
      this.#walBytes = Math.max(this.#walBytes, wal?.size ?? 0);
      await wait(everyMs);
    }
  }
}
