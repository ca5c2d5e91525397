import { test } from 'vitest';
import { modelRuns } from './model-runs.ts';

test('[D1][D2][D5][D6][D7][D14][F3][J1][J4][J6][J10][A15][Q2] a server, its clients and their network are as the model says: 10 runs', {
  timeout: 240_000, // a failure is made smaller before it is told
}, async () => {
  await modelRuns({
    runs: 10,
    maxCommands: 25,
    seed: 1,
    file: 'tests/model/model.test.ts',
    limitMs: 120_000,
    shrinkingMs: 60_000,
  });
});
