import { expect, it } from 'vitest';
import { fuzzLiveServer } from './live-fuzz.ts';

/** Enough where much else runs on the machine. */
const MOST_MS = 120_000;

it('[N8] a real server minds nothing that it is sent: 1,500 cases', { timeout: MOST_MS }, async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 1);
  const outcome = await fuzzLiveServer({ seed, messages: 700, requests: 350, connections: 150 });
  expect(outcome.cases).toBeGreaterThanOrEqual(1_500);
  // What is looked at last is reached, too: not everything is refused at the gate.
  for (const code of [
    '200',
    'invalid-input',
    'session-not-found',
    'forbidden',
    'unauthenticated',
    '1002',
    '1009',
  ])
    expect(outcome.codes).toContain(code);
  expect(outcome.events).toBeGreaterThan(10);
});
