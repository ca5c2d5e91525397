import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { phases } from './support/host-reports.ts';
import { type KillFindings, killHosts } from './support/kill-hosts.ts';
import { killMigrations } from './support/kill-migrations.ts';

const said = ({ faults, phases: counts }: KillFindings) =>
  `${faults.length} violations; killed in ${Object.entries(counts)
    .map(([phase, count]) => `${phase} ${count}`)
    .join(', ')}`;

test('[H3][H7][B11][J4] 225 kills of hosts that work take nothing that was answered or seen', async () => {
  const found = await measured(
    { what: 'kill -9 of a host with 8 writers and 8 readers, at any moment', size: '225 kills' },
    () => killHosts({ seed: 11, kills: 225, phases: ['working'] }),
    said,
  );
  expect(found.faults).toEqual([]);
  expect(found.kills).toBe(225);
});

test('[H3][H7][B11][J4] 225 kills of hosts in their phases take nothing that was answered or seen', async () => {
  const others = phases.filter((phase) => phase !== 'working');
  const found = await measured(
    { what: 'kill -9 of such a host in each of its phases', size: '225 kills' },
    () => killHosts({ seed: 12, kills: 225, phases: others }),
    said,
  );
  expect(found.faults).toEqual([]);
  expect(found.kills).toBe(225);
});

test('[H6] 50 kills of migrations leave databases that are migrated once', async () => {
  const found = await measured(
    { what: 'kill -9 in the migration of the oldest database', size: '50 kills' },
    () => killMigrations({ seed: 13, kills: 50 }),
    ({ faults }) => `${faults.length} databases not migrated once and whole`,
  );
  expect(found).toMatchObject({ kills: 50, faults: [] });
});
