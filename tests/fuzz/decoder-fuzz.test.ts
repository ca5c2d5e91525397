import { expect, it } from 'vitest';
import { fuzzDecoders } from './decoder-fuzz.ts';

it('[N8] whatever reads foreign input takes it for good or refuses it by a code: 20,000 cases', {
  timeout: 120_000,
}, async () => {
  const outcome = await fuzzDecoders({ seed: Number(process.env['FUZZ_SEED'] ?? 1), cases: 20_000 });
  expect(outcome.cases).toBeGreaterThanOrEqual(20_000);
  // As many of both as show that the cases are nearly right.
  expect(Math.min(outcome.taken, outcome.refused)).toBeGreaterThan(2_000);
});
