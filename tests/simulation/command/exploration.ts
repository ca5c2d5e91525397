// What has to happen now and then for a run of the simulator to say anything. Seen from outside the code under test: at its
// ports, in its frames, in its log.
import type { SeedReport } from './seed-report.ts';

/** Seeds of a run from which on each point must have been reached. */
const ENOUGH_SEEDS = 2_000;
const LEAST = 10;

/** Each by the number of seeds that reach it. */
export const points = [
  'close 1012',
  'close 4001',
  'close 4008',
  'close 4009',
  'duplicate command',
  'append duplicate',
  'append fenced',
  'append conflict',
  'append deleted',
  'append refused',
  'snapshot start',
  'snapshot epoch',
  'snapshot ahead',
  'snapshot retention at start',
  'follower overtaken by retention',
  'floor raised',
  'empty frame',
  'log grows while a follower finds its place',
  'snapshot stored',
  'compaction',
  'claim',
  'interrupted run recovered under a new claim',
  'queue resumed by recovery',
  'environment of a dead process terminated',
  'run:interrupted crash',
  'run:interrupted store',
  'run:interrupted shutdown',
  'run:completed',
  'run:failed',
  'run:cancelled',
  'run:stopping',
  'queue:held user',
  'queue:held interrupt',
  'queue:held crashes',
  'queue:released',
  'message:promoted',
  'message:removed',
  'message:edited',
  'environment fails to start',
  'environment hangs at its start',
  'agent awaits drained',
  'agent flushed',
  'agent late',
  'agent stubborn',
  'agent large',
  'agent crash',
  'host crash',
  'host shut down',
  'session unloaded',
  'older database restored',
  'row of the server audience',
  'log: the store cannot be written: the host is read-only until it can',
  'the store can be written again',
  'refused storage-read-only',
  'told session-deleted',
  'refused session-not-found',
  'refused invalid-cursor',
  'refused queue-full',
  'refused idempotency-mismatch',
  'refused session-archived',
  'refused limit-exceeded',
  'refused shutting-down',
  'refused message-not-found',
  'refused run-not-found',
  'told too-many-streams',
  'half-open',
  'late old link',
  'frame cut-short',
  'frame lost',
  'request lost',
  'request sent twice',
  'answer lost',
  'client reload',
] as const;

export class Exploration {
  readonly #counts = new Map<string, number>();

  add({ reached }: SeedReport): void {
    for (const point of reached) this.#counts.set(point, (this.#counts.get(point) ?? 0) + 1);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** Points that a run of so many seeds should have reached more often. A smaller run is not judged. */
  missing(seeds: number): string[] {
    return seeds < ENOUGH_SEEDS ? [] : this.#rare(LEAST);
  }

  describe(seeds: number): string {
    const rare = this.#rare(Math.ceil((LEAST * seeds) / ENOUGH_SEEDS));
    const judged =
      seeds < ENOUGH_SEEDS ? ` (a run of fewer than ${ENOUGH_SEEDS} seeds is not judged by them)` : '';
    const missed = rare.length === 0 ? '' : `; rare: ${rare.join(', ')}`;
    return `${points.length - rare.length} of ${points.length} points explored${judged}${missed}`;
  }

  #rare(least: number): string[] {
    const rare = points.filter((point) => (this.#counts.get(point) ?? 0) < least);
    return rare.map((point) => `${point} (${this.#counts.get(point) ?? 0})`);
  }
}
