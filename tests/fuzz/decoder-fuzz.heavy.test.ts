import { expect, it } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { fuzzDecoders } from './decoder-fuzz.ts';

it('[N8] whatever reads foreign input takes it for good or refuses it by a code: a million cases', async () => {
  const outcome = await measured(
    { what: 'Fuzzing of all that reads foreign input', size: '1,000,000 cases' },
    () => fuzzDecoders({ seed: Number(process.env['FUZZ_SEED'] ?? 2), cases: 1_000_000 }),
    ({ readers, taken, refused }) =>
      `${readers} readers: ${taken} taken and the same when written again, ${refused} refused by a code, 0 others; no prototype touched`,
  );
  expect(outcome.cases).toBeGreaterThanOrEqual(1_000_000);
});
