import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { lacks } from '../support/machine-abilities.ts';
import { type DiskFault, failingDiskRun } from './failing-disk-run.ts';
import { injectFault, type SystemFault } from './support/inject-fault.ts';
import { misusedAfterFailure } from './support/misused-after-failure.ts';
import { smallDisk } from './support/small-disk.ts';

test.skipIf(lacks('mount'))(
  '[H4] a full disk costs no message that was acknowledged, and writing is back when there is room',
  async () => {
    using temporary = temporaryDirectory();
    using disk = smallDisk(temporary.path, 16);
    const fault: DiskFault = async () => {
      disk.fill();
      return { relieve: async () => disk.empty() };
    };
    const report = await failingDiskRun({ directory: join(disk.path, 'data'), fault });
    expect(report.violations).toEqual([]);
    expect(report.hasStruck).toBe(true);
  },
);

test.skipIf(lacks('inject'))(
  '[H4] a failed fsync is not tried again on the same handle, and what it left in the log is written anew',
  async () => {
    using temporary = temporaryDirectory();
    let trace = () => '';
    const fault: DiskFault = async (server, directory) => {
      const injection = await injectFault(
        server.pid,
        onceInSyncing(directory),
        join(temporary.path, 'trace'),
      );
      trace = injection.trace;
      return { relieve: async () => {}, isBrief: true };
    };
    const report = await failingDiskRun({ directory: join(temporary.path, 'data'), fault });
    expect(report.violations).toEqual([]);
    expect(report.hasStruck).toBe(true);
    expect(misusedAfterFailure(trace(), 'perdure.db-wal')).toEqual({ failures: 1, misuses: [] });
  },
);

function onceInSyncing(directory: string): SystemFault {
  return {
    calls: ['fsync', 'fdatasync'],
    error: 'EIO',
    when: '3',
    paths: [join(directory, 'perdure.db'), join(directory, 'perdure.db-wal')],
    traced: ['openat', 'close', 'pwrite64', 'ftruncate'],
  };
}
