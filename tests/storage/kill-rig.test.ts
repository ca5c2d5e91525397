import { expect, test } from 'vitest';
import { phases } from './support/host-reports.ts';
import { killHosts } from './support/kill-hosts.ts';
import { killMigrations } from './support/kill-migrations.ts';

test('[H3][H7][B11][J4] kill -9 in any phase takes nothing that was answered or seen, and all is recovered once', {
  timeout: 120_000,
}, async () => {
  const found = await killHosts({ seed: 1, kills: 10, phases });
  expect(found.faults).toEqual([]);
  expect(found.kills).toBe(10);
});

test('[H6] kill -9 in a migration, some again and again, leaves a database that is migrated once and a copy of it', {
  timeout: 120_000,
}, async () => {
  const found = await killMigrations({ seed: 1, kills: 2 });
  expect(found).toMatchObject({ kills: 2, faults: [] });
});
