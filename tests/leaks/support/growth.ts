import type { Holdings } from './holdings.ts';

export interface Growth {
  /** From the second round to the last: in the first, what is made once is made. */
  readonly bytes: number;
  /** Of the straight line that fits the rounds from the second on best. */
  readonly bytesPerCycle: number;
}

/** How a heap has grown over rounds of so many cycles each. */
export function growthOf(rounds: readonly Holdings[], cycles: number): Growth {
  const heaps = rounds.slice(1).map(({ heapUsed }) => heapUsed);
  const [first = 0] = heaps;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = mean(heaps.map((_, round) => round));
  const level = mean(heaps);
  const slope =
    heaps.reduce((sum, heap, round) => sum + (round - middle) * (heap - level), 0) /
    heaps.reduce((sum, _, round) => sum + (round - middle) ** 2, 0);
  return { bytes: (heaps.at(-1) ?? 0) - first, bytesPerCycle: Math.round(slope / cycles) };
}
