/** Chance that a seed decides: the same seed gives the same numbers, on every machine. */
export interface SeededRandom {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  /** True in so many of one. */
  chance(of: number): boolean;
  /** One of a list that has at least one. */
  pick<T>(from: readonly T[]): T;
  /** A stream of its own: what one part draws does not change what another gets. */
  fork(name: string): SeededRandom;
}

/** SplitMix32 over a seed and a name: small, fast, and good enough that neighbouring seeds have nothing in common. */
export function seededRandom(seed: number, name = ''): SeededRandom {
  let state = hash(`${seed}:${name}`);
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (of) => next() < of,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    fork: (own) => seededRandom(seed, `${name}/${own}`),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
