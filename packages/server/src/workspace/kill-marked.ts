import { readdir, readFile } from 'node:fs/promises';

/** Rounds after which programs that fork faster than they are killed are given up. */
const MAX_ROUNDS = 1_000;
/** Rounds for which a process is waited for that shows no environment: it is about to end, or to become another program. */
const MAX_UNSURE_ROUNDS = 40;
const ROUND_MS = 5;

/** Ids of the processes that are there now; none where there is no way to look. */
export async function listProcesses(): Promise<ReadonlySet<number>> {
  if (process.platform !== 'linux') return new Set();
  return new Set((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number));
}

/**
 * Kills every process whose environment holds the line `mark`, again and again until none is left: a process that left
 * its group, as `setsid` does, is found by this alone. Those of `older` are not looked at. Linux only.
 */
export async function killMarked(mark: string, older: ReadonlySet<number>): Promise<void> {
  let unsureRounds = 0;
  for (let round = 0; round < MAX_ROUNDS && unsureRounds < MAX_UNSURE_ROUNDS; round++) {
    const pids = [...(await listProcesses())].filter((pid) => !older.has(pid));
    const verdicts = await Promise.all(pids.map((pid) => judge(pid, mark)));
    const marked = pids.filter((_pid, index) => verdicts[index] === 'marked');
    for (const pid of marked) kill(pid);
    if (marked.length === 0) {
      if (!verdicts.includes('unsure')) return;
      unsureRounds++;
    }
    await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  }
}

async function judge(pid: number, mark: string): Promise<'marked' | 'stranger' | 'unsure'> {
  // Of another user, or gone: then it is not one of ours.
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => undefined);
  if (environment === undefined) return 'stranger';
  if (environment !== '') return environment.split('\0').includes(mark) ? 'marked' : 'stranger';
  // Between a kill and the end, and between two programs, a process has none.
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat === '' || /\) [ZX] /.test(stat) ? 'stranger' : 'unsure';
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone by itself
  }
}
