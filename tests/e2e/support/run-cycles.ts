import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from './temporary-directory.ts';

const program = fileURLToPath(new URL('./cycle-sessions.ts', import.meta.url));

interface Holdings {
  readonly heap: number;
  readonly timers: number;
  readonly handles: number;
  readonly listeners: number;
  readonly loaded: number;
}

/** What a server process holds before and after so many sessions have come and gone. */
export async function runCycles(
  cycles: number,
): Promise<{ readonly before: Holdings; readonly after: Holdings }> {
  using directory = temporaryDirectory();
  const flags = ['--expose-gc', '--conditions=@perdure/source', program, directory.path, String(cycles)];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  return JSON.parse(stdout);
}
