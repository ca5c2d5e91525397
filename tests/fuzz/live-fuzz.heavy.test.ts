import { expect, it } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { fuzzLiveServer } from './live-fuzz.ts';

const MEBIBYTE = 1_048_576;

it('[N8] a real server minds nothing that it is sent: 100,000 messages, 10,000 requests, 5,000 connections', async () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? 2);
  const outcome = await measured(
    { what: 'Fuzzing of a real server', size: '100,000 messages, 10,000 requests, 5,000 connections' },
    () => fuzzLiveServer({ seed, messages: 100_000, requests: 10_000, connections: 5_000 }),
    ({ codes, events, grownBytes }) =>
      `0 crashes, 0 unforeseen failures, every answer typed and below 1 KiB (${codes.length} codes); memory grew by ${Math.round(grownBytes / MEBIBYTE)} MiB; another client heard all of its ${events} events`,
  );
  expect(outcome.cases).toBeGreaterThanOrEqual(115_000);
  expect(outcome.grownBytes).toBeLessThan(64 * MEBIBYTE);
});
