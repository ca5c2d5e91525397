// `pnpm sim`: plays seeds of the simulator. Exit code 0: all passed; 1: a seed found something; 2: too little was explored
// for the passing to mean anything.
import { readFileSync, writeFileSync } from 'node:fs';
import { Exploration } from './command/exploration.ts';
import { runSeeds } from './command/run-seeds.ts';
import { describeFailure, reportOf, type SeedReport } from './command/seed-report.ts';
import { readSimOptions, type SimOptions } from './command/sim-options.ts';
import { runSeed } from './world/run-seed.ts';

interface Regression {
  readonly seed: number;
  readonly found: string;
}

const PROGRESS_MS = 5_000;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: SimOptions;
  try {
    options = readSimOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 64; // of sysexits: wrong usage
  }
  const { seeds: count, from, mode, json, stopAtFirstFailure } = options;
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  const failed: SeedReport[] = [];
  const exploration = new Exploration();
  const startMs = performance.now();
  let [played, steps, shownMs] = [0, 0, startMs];
  const onReport = (report: SeedReport): boolean => {
    played += 1;
    steps += report.steps;
    exploration.add(report);
    if (report.violation !== undefined) {
      failed.push(report);
      console.log(describeFailure(report, mode));
    }
    if (performance.now() - shownMs > PROGRESS_MS) {
      shownMs = performance.now();
      console.log(`${played} of ${all.length} seeds, ${failed.length} failed, ${speed()}`);
    }
    return stopAtFirstFailure && failed.length > 0;
  };
  const speed = () => `${Math.round(played / ((performance.now() - startMs) / 1_000))} seeds/s`;
  // What was found once is looked for first; one seed alone is to be played again by itself.
  const known = count === 1 ? [] : regressionSeeds().filter((seed) => !seeds.includes(seed));
  const all = [...known, ...seeds];
  if (count === 1) await playHere(options, onReport);
  else await runSeeds({ seeds: all, jobs: options.jobs, mode, onReport });
  const unexplored = exploration.missing(played);
  console.log(exploration.describe(played));
  console.log(`${steps} steps, ${speed()}`);
  if (json !== undefined) writeJson(json, { played, steps, failed, reached: exploration.counts() });
  if (unexplored.length > 0) console.log(`Not exploring: ${unexplored.join(', ')}.`);
  console.log(`${played - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) return 1;
  return unexplored.length > 0 ? 2 : 0;
}

async function playHere({ from, mode, trace }: SimOptions, onReport: (report: SeedReport) => boolean) {
  const result = await runSeed(from, { mode, keepsTrace: trace });
  if (trace) console.log(result.trace.join('\n'));
  console.log(`Trace hash ${result.hash}.`);
  onReport(reportOf(result));
}

function regressionSeeds(): number[] {
  const text = readFileSync(new URL('./regressions.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as readonly Regression[]).map(({ seed }) => seed);
}

function writeJson(file: string, result: object): void {
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
}
