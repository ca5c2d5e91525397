/**
 * Random bits below the counter: a database restored from a backup counts through the same numbers again, and only once
 * in a million claims gives an epoch that some client has seen before.
 */
export const EPOCH_RANDOM_BITS = 20;
const span = 2 ** EPOCH_RANDOM_BITS;

/** The epoch of the claim that raised the store's counter to `count`. `random` is in [0, 1). */
export function epochOf(count: number, random: number): number {
  return count * span + Math.floor(random * span);
}
