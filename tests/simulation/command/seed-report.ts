import type { Violation } from '../oracle/violation.ts';
import type { Mode } from '../world/plan.ts';
import type { SeedResult } from '../world/run-seed.ts';

/** The result of a seed as it travels from a worker. */
export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly reached: readonly string[];
  readonly steps: number;
  readonly hash: string;
  /** The last lines of the trace, of a seed that failed. */
  readonly tail: readonly string[];
}

/** What a worker is asked for. */
export interface SeedOrder {
  readonly seeds: readonly number[];
  readonly mode: Mode | undefined;
}

const TAIL = 40;

export function reportOf({ seed, violation, reached, steps, hash, trace }: SeedResult): SeedReport {
  return {
    ...{ seed, violation, steps, hash },
    reached: [...reached.keys()],
    tail: violation === undefined ? [] : trace.slice(-TAIL),
  };
}

/** A failing seed in words, with the one command that plays it again. */
export function describeFailure({ seed, violation, tail }: SeedReport, mode: Mode | undefined): string {
  const at =
    violation === undefined ? '' : ` at ${(violation.atMs / 1_000).toFixed(3)} s, step ${violation.step}`;
  return [
    `Seed ${seed} violates ${violation?.invariant}${at}: ${violation?.sentence}`,
    ...tail,
    `Play it again: ${replayCommand(seed, mode)}`,
  ].join('\n');
}

export function replayCommand(seed: number, mode: Mode | undefined): string {
  return `pnpm sim --seeds 1 --from ${seed}${mode === undefined ? '' : ` --mode ${mode}`}`;
}
