import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { runCommand } from './run-command.ts';
import { countTests, readTestReport, reportPath, type TestCounts } from './test-report.ts';

/** How long the runner may take to end once its report is written. */
const patience = 30_000;

interface Options {
  readonly quiet?: boolean;
}

/**
 * Runs vitest and counts from its own JSON report, `reports/<name>.json`. The exit code has a say too: a run
 * that failed outside any test (an unhandled error, a crash before the report, a process that a test left
 * behind) is one failure more. Nothing is ever run again.
 */
export async function runVitest(
  name: string,
  args: readonly string[],
  { quiet = false }: Options = {},
): Promise<TestCounts> {
  const path = reportPath(name);
  await rm(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const overdue = abortAfterReport(path);
  const code = await runCommand('vitest', ['run', ...reporters, ...args], { quiet, signal: overdue.signal });
  overdue.stop();
  const report = await readTestReport(path);
  const counts = report ? countTests(report) : { passed: 0, failed: 0, skipped: 0 };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** A test that leaves a process or a server behind can keep the runner alive for ever. */
function abortAfterReport(path: string) {
  const controller = new AbortController();
  let waited = 0;
  const timer = setInterval(() => {
    waited = existsSync(path) ? waited + 1_000 : 0;
    if (waited < patience) return;
    console.error('The test runner does not end after its report: a test has left something running.');
    controller.abort();
  }, 1_000);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
