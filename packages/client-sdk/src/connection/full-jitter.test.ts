import { describe, expect, it } from 'vitest';
import { fullJitter } from './full-jitter.ts';

describe('fullJitter', () => {
  it('[E13] spreads retries from half a second to a bound that doubles up to 30 s', () => {
    const failures = [1, 2, 3, 4, 5, 6, 7, 50, 5_000];
    expect(failures.map((count) => fullJitter(count, () => 0))).toEqual(failures.map(() => 500));
    expect(failures.map((count) => fullJitter(count, () => 0.999_999))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000,
    ]);
  });
});
