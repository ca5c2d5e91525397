// `pnpm sim:mutants [--seeds N] [--jobs N] [name…]`: plants one fault after the other in a copy of the source and lets the
// simulator look for it. A fault that it finds counts as passed.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measured } from '../support/record-figure.ts';
import { huntAll, type Quarry } from './hunt-all.ts';
import { plantedFaults } from './planted-fault.ts';

const { values, positionals } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
  allowPositionals: true,
});
const seeds = Number(values.seeds);
const isWanted = ({ name }: { readonly name: string }) =>
  positionals.length === 0 || positionals.some((wanted) => name.includes(wanted));
const faults = plantedFaults().filter(isWanted);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

const options = { seeds, jobs: Number(values.jobs), signal: interrupted.signal, onDone: tell };
const countOf = (done: readonly Quarry[]) =>
  done.filter(({ fault, hunt }) => fault !== undefined && hunt.outcome === 'found').length;
const run = () => huntAll(faults, options);
const done =
  positionals.length > 0
    ? await run()
    : await measured(
        { what: 'Planted faults', size: `${faults.length} faults, at most ${seeds} seeds each` },
        run,
        (all) => `${countOf(all)} of ${faults.length} found by the simulator`,
      );
const found = countOf(done);
console.log(`${found} passed, ${faults.length - found} failed`);
process.exitCode = found === faults.length && found > 0 ? 0 : 1;

function tell({ fault, hunt: { outcome, seconds, output } }: Quarry): void {
  const what = fault === undefined ? 'no fault: the source as it is' : `${fault.name}: ${fault.what}`;
  console.log(`${outcome.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s  ${what}`);
  if (outcome !== (fault === undefined ? 'survived' : 'found')) console.log(output);
}
