import { expect, it } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { fuzzClients } from './client-fuzz.ts';

it('[D1] a client bears whatever it hears, over each way: 30,000 cases', async () => {
  const outcome = await measured(
    { what: 'Fuzzing of the client by what a server says', size: '30,000 clients' },
    () => fuzzClients({ seed: Number(process.env['FUZZ_SEED'] ?? 2), cases: 30_000 }),
    ({ told }) => `0 uncaught, 0 errors without a code; ${told} told one`,
  );
  expect(outcome.cases).toBe(30_000);
});
