// `pnpm sim:mutants [--seeds N] [--jobs N] [name…]`: plants one fault after the other in a copy of the source and lets the
// simulator look for it. A fault that it finds counts as passed.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { recordFigure } from '../support/record-figure.ts';
import { hunt } from './hunt.ts';
import { plantedFaults } from './planted-fault.ts';
import { scratchCopy } from './scratch-copy.ts';

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
  allowPositionals: true,
});
const seeds = Number(values.seeds);
const faults = plantedFaults().filter(
  ({ name }) => positionals.length === 0 || positionals.some((wanted) => name.includes(wanted)),
);
const queue = [...faults];
const survivors: string[] = [];
const startMs = performance.now();
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

await Promise.all(Array.from({ length: Number(values.jobs) }, work));

const found = faults.length - survivors.length;
if (survivors.length > 0) console.log(`\nNot found: ${survivors.join(', ')}`);
if (positionals.length === 0)
  recordFigure({
    what: 'Planted faults found by the simulator',
    size: `${faults.length} faults, at most ${seeds} seeds each`,
    found: `${found} of ${faults.length} found`,
    seconds: Math.round((performance.now() - startMs) / 1_000),
  });
console.log(`${found} passed, ${survivors.length} failed`);
process.exitCode = survivors.length === 0 && faults.length > 0 ? 0 : 1;

async function work(): Promise<void> {
  using copy = scratchCopy();
  for (let fault = queue.shift(); fault !== undefined; fault = queue.shift()) {
    copy.plant(fault.path);
    const { outcome, seconds, output } = await hunt(copy.directory, seeds, interrupted.signal);
    copy.takeBack(fault.path);
    console.log(`${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${fault.name}: ${fault.what}`);
    if (outcome === 'found') continue;
    survivors.push(fault.name);
    if (outcome === 'broken') console.log(output);
  }
}
