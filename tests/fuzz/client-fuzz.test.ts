import { expect, it } from 'vitest';
import { fuzzClients } from './client-fuzz.ts';

it('[D1] a client bears whatever it hears, over each way: 900 cases', { timeout: 120_000 }, async () => {
  const outcome = await fuzzClients({ seed: Number(process.env['FUZZ_SEED'] ?? 1), cases: 900 });
  expect(outcome.cases).toBe(900);
  expect(outcome.told).toBeGreaterThan(200);
});
