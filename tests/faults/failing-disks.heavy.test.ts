import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { lacks } from '../support/machine-abilities.ts';
import { measured } from '../support/record-figure.ts';
import { type DiskFault, failingDiskRun } from './failing-disk-run.ts';
import { injectFault } from './support/inject-fault.ts';
import { type FaultSweep, sweepDiskFaults } from './sweep-disk-faults.ts';

const syncing = ['fsync', 'fdatasync'];
const writing = ['pwrite64'];
const reading = ['pread64'];

const sweeps: readonly FaultSweep[] = [
  { calls: syncing, error: 'EIO', lasts: true, stride: 1 },
  { calls: syncing, error: 'EIO', lasts: false, stride: 1 },
  { calls: writing, error: 'EIO', lasts: true, stride: 15 },
  { calls: writing, error: 'EIO', lasts: false, stride: 15 },
  { calls: writing, error: 'ENOSPC', lasts: true, stride: 15 },
  { calls: writing, error: 'EROFS', lasts: true, stride: 15 },
];

test.skipIf(lacks('inject')).each(sweeps)(
  '[H4] whichever call fails first, nothing acknowledged is lost: $calls $error, lasting: $lasts',
  async (sweep) => {
    using temporary = temporaryDirectory();
    const { calls, error, lasts } = sweep;
    const report = await measured(
      {
        what: `A real server whose disk fails: ${calls.join(', ')} answers ${error}, ${lasts ? 'until relief' : 'once'}`,
        size: `from each ${sweep.stride === 1 ? '' : `${sweep.stride}th `}call on, until none was met`,
      },
      () => sweepDiskFaults(temporary.path, sweep),
      ({ runs, struck, slowestBackMs, violations }) =>
        `${runs} runs, ${struck} struck: ${violations.length} violations; writing back ${slowestBackMs} ms after relief at most`,
    );
    expect(report.violations).toEqual([]);
    expect(report.struck).toBeGreaterThan(2);
  },
);

test.skipIf(lacks('inject'))(
  '[H4] reads that fail are refused by name, and followers go on after relief',
  async () => {
    using temporary = temporaryDirectory();
    const fault: DiskFault = (server, directory) => {
      const paths = [join(directory, 'perdure.db'), join(directory, 'perdure.db-wal')];
      const failing = { calls: reading, error: 'EIO', when: '1+', paths } as const;
      return injectFault(server.pid, failing, join(temporary.path, 'trace'));
    };
    const report = await failingDiskRun({ directory: join(temporary.path, 'data'), fault });
    expect(report.violations).toEqual([]);
  },
);

test.skipIf(lacks('inject', 'resource-limits'))(
  '[H4] a disk that fails once, where no file can be opened, is opened anew as soon as one can',
  async () => {
    using temporary = temporaryDirectory();
    const fault: DiskFault = async (server, directory) => {
      const limit = (files: number | 'unlimited') =>
        execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${files}:`]);
      const paths = [join(directory, 'perdure.db'), join(directory, 'perdure.db-wal')];
      const failing = { calls: syncing, error: 'EIO', when: '1', paths } as const;
      const injection = await injectFault(server.pid, failing, join(temporary.path, 'trace'));
      limit(readdirSync(`/proc/${server.pid}/fd`).length - 1);
      return {
        admitsNobody: true,
        relieve: async () => {
          limit(1_024);
          await injection.relieve();
        },
      };
    };
    const report = await failingDiskRun({ directory: join(temporary.path, 'data'), fault });
    expect(report.violations).toEqual([]);
    expect(report.hasStruck).toBe(true);
  },
);
