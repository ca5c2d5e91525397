import { availableParallelism } from 'node:os';
import { runSeeds } from './command/run-seeds.ts';
import { describeFailure, type SeedReport } from './command/seed-report.ts';

/** What a run of many seeds found, to be asked by invariant. */
export interface PlayedSeeds {
  readonly reports: readonly SeedReport[];
  /** In how many seeds something happened. */
  reached(what: string): number;
  /** The failures by one of these invariants, in words; by any, if none is named. */
  failures(...invariants: readonly string[]): string[];
}

export async function playSeeds(
  seeds: readonly number[],
  jobs = availableParallelism(),
): Promise<PlayedSeeds> {
  const reports: SeedReport[] = [];
  await runSeeds({
    ...{ seeds, jobs, mode: undefined },
    onReport: (report) => {
      reports.push(report);
      return false;
    },
  });
  return {
    reports,
    reached: (what) => reports.filter(({ reached }) => reached.includes(what)).length,
    failures: (...invariants) =>
      reports
        .filter(({ violation }) => violation !== undefined && isOf(violation.invariant, invariants))
        .map((report) => describeFailure(report, undefined)),
  };
}

const isOf = (invariant: string, wanted: readonly string[]) =>
  wanted.length === 0 || wanted.includes(invariant);

export const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);
