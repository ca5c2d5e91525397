import { readdir, readFile } from 'node:fs/promises';

/** Rounds after which a program that forks faster than it is killed is given up. */
const MAX_ROUNDS = 200;

/**
 * Kills every process whose environment holds the line `mark`, again and again until none is found: a process that left
 * its group, as `setsid` does, is found by this alone. Linux only; elsewhere there is no way to look.
 */
export async function killMarked(mark: string): Promise<void> {
  if (process.platform !== 'linux') return;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const pids = await markedProcesses(mark);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // gone by itself
      }
    }
  }
}

/** Process ids, of those that have not ended yet. */
export async function markedProcesses(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const marked = await Promise.all(
    pids.map(async (pid) => {
      // Of another user, or gone: then it is not one of ours. A process that ended has no environment.
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(mark);
    }),
  );
  return pids.filter((_pid, index) => marked[index]);
}
