import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskFault, failingDiskRun } from './failing-disk-run.ts';
import { injectFault, type SystemFault } from './support/inject-fault.ts';

/** Workloads have about 200 calls of a kind on the files of the database. */
const MOST_CALLS = 400;

export interface FaultSweep {
  readonly calls: readonly string[];
  readonly error: SystemFault['error'];
  /** True: the calls go on failing until relief. */
  readonly lasts: boolean;
  /** From one call that fails first to the next that does. */
  readonly stride: number;
}

export interface SweepReport {
  readonly runs: number;
  readonly struck: number;
  readonly slowestBackMs: number;
  readonly violations: readonly string[];
}

/** Lets the n-th call of a kind fail, for n from the first on, until a run meets none. */
export async function sweepDiskFaults(parent: string, sweep: FaultSweep): Promise<SweepReport> {
  const { calls, error, lasts, stride } = sweep;
  const violations: string[] = [];
  let [struck, slowestBackMs] = [0, 0];
  for (let first = 1; first < MOST_CALLS; first += stride) {
    const place = join(parent, `${calls.join('-')}-${error}-${lasts}-${first}`);
    mkdirSync(place);
    const when = lasts ? `${first}+` : `${first}`;
    const fault: DiskFault = async (server, directory) => {
      const paths = ['perdure.db', 'perdure.db-wal'].map((file) => join(directory, file));
      const injection = await injectFault(server.pid, { calls, error, when, paths }, join(place, 'trace'));
      return { relieve: injection.relieve, isBrief: !lasts };
    };
    const report = await failingDiskRun({ directory: join(place, 'data'), fault, hasRun: false });
    const name = `${calls.join()} ${error} at call ${when}`;
    violations.push(...report.violations.map((violation) => `${name}: ${violation}`));
    if (!report.hasStruck) return { runs: Math.ceil(first / stride), struck, slowestBackMs, violations };
    struck += 1;
    slowestBackMs = Math.max(slowestBackMs, report.backAfterMs);
  }
  throw new Error(`Even call ${MOST_CALLS} of ${calls.join()} was met.`);
}
