// P1. Each seed is reported once; one that ends its worker, or never ends, is a failed seed and not the end of the run.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Mode } from '../world/plan.ts';
import type { SeedOrder, SeedReport } from './seed-report.ts';

/** Seeds that a worker gets at once. */
const BATCH = 20;
/** A seed takes milliseconds; one that takes a minute of a busy machine hangs. */
const HANGING_MS = 60_000;

export interface RunSeedsOptions {
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly mode: Mode | undefined;
  /** True: no further seed is begun. */
  readonly onReport: (report: SeedReport) => boolean;
}

/** Plays seeds in processes of their own. */
export async function runSeeds({ seeds, jobs, mode, onReport }: RunSeedsOptions): Promise<void> {
  const waiting = [...seeds];
  let isStopped = false;
  const lane = async () => {
    let worker: ChildProcess | undefined;
    for (
      let batch = waiting.splice(0, BATCH);
      batch.length > 0 && !isStopped;
      batch = waiting.splice(0, BATCH)
    ) {
      const left = new Set(batch);
      worker ??= startWorker();
      const end = await playBatch(worker, { seeds: batch, mode }, (report) => {
        left.delete(report.seed);
        if (isStopped) return true;
        isStopped = onReport(report);
        return isStopped || left.size === 0;
      });
      if (end === 'done') continue;
      worker.kill('SIGKILL');
      worker = undefined;
      const [guilty, ...others] = left;
      if (guilty === undefined || isStopped) continue;
      isStopped = onReport(brokenSeed(guilty, end));
      waiting.unshift(...others);
    }
    worker?.kill('SIGKILL');
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, lane));
}

function startWorker(): ChildProcess {
  const path = fileURLToPath(new URL('./sim-worker.ts', import.meta.url));
  return fork(path, {
    execArgv: ['--conditions=@perdure/source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Resolves when the batch is done, or with what ended it before. */
function playBatch(
  worker: ChildProcess,
  order: SeedOrder,
  onReport: (report: SeedReport) => boolean,
): Promise<'done' | 'crashed' | 'hangs'> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => settle('hangs'), HANGING_MS);
    const settle = (end: 'done' | 'crashed' | 'hangs') => {
      clearTimeout(timer);
      worker.off('message', heard);
      worker.off('exit', crashed);
      resolve(end);
    };
    const crashed = () => settle('crashed');
    const heard = (report: SeedReport) => {
      clearTimeout(timer);
      timer = setTimeout(() => settle('hangs'), HANGING_MS);
      if (onReport(report)) settle('done');
    };
    worker.on('message', heard);
    worker.on('exit', crashed);
    worker.send(order);
  });
}

function brokenSeed(seed: number, end: 'crashed' | 'hangs'): SeedReport {
  const sentence =
    end === 'hangs' ? 'The seed does not come to an end.' : 'The process that played it ended.';
  return {
    seed,
    violation: { invariant: 'I16', sentence, atMs: 0, step: 0 },
    reached: [],
    steps: 0,
    hash: '',
    tail: [],
  };
}
