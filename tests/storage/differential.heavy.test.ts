import { expect, test } from 'vitest';
import { startPostgresServer } from '../../packages/server/src/testing/postgres-server.ts';
import { measured } from '../support/record-figure.ts';
import { compareInLanes } from './support/compare-in-lanes.ts';
import { memoryDirectory } from './support/memory-directory.ts';

test('[H2] every store gives the same answers to 10,000 histories', async () => {
  using directory = memoryDirectory();
  await using server = await startPostgresServer();
  const { steps } = await measured(
    { what: 'Histories on every store side by side', size: '10,000 histories' },
    () => compareInLanes({ directory: directory.path, server, histories: 10_000, seed: 100 }),
    ({ steps: all, onPostgres }) =>
      `${all} steps, ${onPostgres} histories also on PostgreSQL; every answer the same`,
  );
  expect(steps).toBeGreaterThan(100_000);
});
