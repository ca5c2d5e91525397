import { type Hunt, hunt } from './hunt.ts';
import type { PlantedFault } from './planted-fault.ts';
import { scratchCopy } from './scratch-copy.ts';

export interface Quarry {
  /** Undefined: the source as it is, in which nothing must be found. */
  readonly fault: PlantedFault | undefined;
  readonly hunt: Hunt;
}

export interface HuntOptions {
  /** Seeds for each fault, at most. */
  readonly seeds: number;
  /** Faults that are looked for at one time. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onDone?: ((quarry: Quarry) => void) | undefined;
}

/**
 * Looks for one planted fault after the other, each in a copy of the source. The first is none: a simulator that complains
 * of sound source would find everything, so then the hunt ends.
 */
export async function huntAll(faults: readonly PlantedFault[], options: HuntOptions): Promise<Quarry[]> {
  const { seeds, jobs, signal, onDone = () => {} } = options;
  const done: Quarry[] = [];
  const queue: (PlantedFault | undefined)[] = [undefined, ...faults];

  async function next(copy: { readonly directory: string }): Promise<Quarry> {
    const fault = queue.shift();
    const quarry = { fault, hunt: await hunt(copy.directory, seeds, signal) };
    done.push(quarry);
    onDone(quarry);
    return quarry;
  }

  async function work(): Promise<void> {
    using copy = scratchCopy();
    for (let fault = queue[0]; fault !== undefined; fault = queue[0]) {
      copy.plant(fault.path);
      await next(copy);
      copy.takeBack(fault.path);
    }
  }

  using sound = scratchCopy();
  const control = await next(sound);
  if (control.hunt.outcome === 'survived') await Promise.all(Array.from({ length: jobs }, work));
  return done;
}
