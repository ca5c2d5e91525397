import { expect, test } from 'vitest';
import { startPostgresServer } from '../../packages/server/src/testing/postgres-server.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { compareInLanes } from './support/compare-in-lanes.ts';

test('[H2] every store gives the same answers to 200 histories', { timeout: 90_000 }, async () => {
  using directory = temporaryDirectory();
  await using server = await startPostgresServer();
  const options = { directory: directory.path, server, histories: 200, seed: 1 };
  const { steps } = await compareInLanes(options);
  expect(steps).toBeGreaterThan(2_000);
});
