import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How the simulator did against a fault. */
export interface Hunt {
  readonly outcome: 'found' | 'survived' | 'broken';
  readonly seconds: number;
  /** Its last words. */
  readonly output: string;
}

/** What the simulator's exit codes say. */
const outcomes: Readonly<Record<number, Hunt['outcome']>> = { 0: 'survived', 1: 'found', 2: 'survived' };

/** Runs the simulator of a copy until it finds something wrong, or has tried so many seeds. */
export async function hunt(directory: string, seeds: number, signal: AbortSignal): Promise<Hunt> {
  const startMs = performance.now();
  const args = [
    'tests/simulation/sim.ts',
    '--seeds',
    String(seeds),
    '--jobs',
    '1',
    '--stop-at-first-failure',
  ];
  const child = spawn(process.execPath, ['--conditions=@perdure/source', ...args], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000);
    });
  const [code] = (await once(child, 'close')) as [number | null];
  const outcome = (code === null ? undefined : outcomes[code]) ?? 'broken';
  return { outcome, seconds: (performance.now() - startMs) / 1_000, output };
}
