import { rm } from 'node:fs/promises';
import { runCommand } from './run-command.ts';
import { countTests, readTestReport, reportPath, type TestCounts } from './test-report.ts';

/**
 * Runs vitest and counts from its own JSON report, `reports/<name>.json`. The exit code has a say too: a run
 * that failed outside any test (an unhandled error, a crash before the report) is one failure more.
 */
export async function runVitest(
  name: string,
  args: readonly string[],
  { quiet = false } = {},
): Promise<TestCounts> {
  const path = reportPath(name);
  await rm(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const code = await runCommand('vitest', ['run', ...reporters, ...args], { quiet });
  const report = await readTestReport(path);
  const counts = report ? countTests(report) : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}
