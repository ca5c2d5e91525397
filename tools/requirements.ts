// `pnpm requirements`: what is claimed (tests/requirements.ts) against what passed in the last test run of this
// tree. A test proves the ids its title begins with: `[D1] ...`, or `[D1][D2] ...` for several. The title of a group
// counts for each test in it.
//   --json     only [{ id, tests, proven }]
//   --leaves   the procedures of the contract that still answer not-implemented
import { requirements } from '@perdure/tests/requirements';
import { plannedLeaves } from './planned-leaves.ts';
import { type RequirementRow, requirementRows } from './requirement-rows.ts';
import { runVitest } from './run-vitest.ts';
import { newestSourceTime } from './source-age.ts';
import { readTestReport, reportPath, type TestReport } from './test-report.ts';

const flags = new Set(process.argv.slice(2));
if (flags.has('--leaves')) for (const leaf of await plannedLeaves()) console.log(leaf);
else await report();

async function report(): Promise<void> {
  const rows = requirementRows(Object.keys(requirements), await currentReport());
  if (flags.has('--json')) console.log(JSON.stringify(rows, null, 2));
  else printTable(rows);
  if (rows.some(({ proven }) => !proven)) process.exitCode = 1;
}

async function currentReport(): Promise<TestReport> {
  const path = reportPath('tests');
  const last = await readTestReport(path);
  if (last && last.startTime >= newestSourceTime()) return last;
  await runVitest('tests', [], { quiet: flags.has('--json') });
  const fresh = await readTestReport(path);
  if (!fresh) throw new Error('The tests left no report.');
  return fresh;
}

function printTable(rows: readonly RequirementRow[]): void {
  const claims: Record<string, string> = requirements;
  for (const { id, tests, proven } of rows) {
    console.log(`${proven ? 'proven  ' : 'UNPROVEN'} ${id.padEnd(5)} ${claims[id]}`);
    for (const { title, file, status } of tests) console.log(`${' '.repeat(15)}${status}  ${file}  ${title}`);
  }
  console.log(`${rows.filter(({ proven }) => proven).length} of ${rows.length} claims proven`);
}
