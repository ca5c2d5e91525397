import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A fault as it could be made: a small patch of the product's source. */
export interface PlantedFault {
  /** Name of its file: `answers-before-fsync`. */
  readonly name: string;
  readonly path: string;
  /** What goes wrong, in a sentence. */
  readonly what: string;
  /** The guarantees of docs/guarantees.md that it breaks. */
  readonly breaks: readonly string[];
}

/** Every fault in `patches/`, in order of their names. Throws for one that does not say what it does. */
export function plantedFaults(): PlantedFault[] {
  const directory = join(import.meta.dirname, 'patches');
  return globSync('*.patch', { cwd: directory })
    .sort()
    .map((file) => readPlantedFault(join(directory, file)));
}

function readPlantedFault(path: string): PlantedFault {
  const [what = '', breaks = ''] = readFileSync(path, 'utf8').split('\n');
  const guarantees = breaks.match(/^Breaks: (G\d+(?:, G\d+)*)$/)?.[1];
  if (what === '' || guarantees === undefined)
    throw new Error(`${path}: the first line says what goes wrong, the second is "Breaks: G1, G2".`);
  return { name: basename(path, '.patch'), path, what, breaks: guarantees.split(', ') };
}
