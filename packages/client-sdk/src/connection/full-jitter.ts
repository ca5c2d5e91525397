/** Even the first retry waits a little: a server that restarts is not met by all its clients at once. */
const SHORTEST_MS = 500;
/** Longer, and people reload the page instead. */
const LONGEST_MS = 30_000;

/** How long to wait before the retry after `failures` failures in a row: anywhere between 0.5 s and a bound that doubles up to 30 s. */
export function fullJitter(failures: number, random: () => number): number {
  const bound = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.max(1, failures));
  return Math.round(SHORTEST_MS + random() * (bound - SHORTEST_MS));
}
