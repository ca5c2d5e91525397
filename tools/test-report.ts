import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { repositoryRoot } from './run-command.ts';

/** The part of vitest's JSON report that is used here. */
export interface TestReport {
  startTime: number;
  success: boolean;
  testResults: TestFile[];
}

interface TestFile {
  name: string;
  status: string;
  message: string;
  assertionResults: TestResult[];
}

interface TestResult {
  title: string;
  /** Titles of the groups around it, outermost first. */
  ancestorTitles: string[];
  status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled';
}

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

export const reportPath = (name: string) => join(repositoryRoot, 'reports', `${name}.json`);

export async function readTestReport(path: string): Promise<TestReport | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as TestReport;
  } catch {
    return undefined; // none yet, or cut off by an interrupted run: either way there is nothing to count
  }
}

/** Counts tests. A file that could not even be loaded has no tests to count, so it counts as one failure. */
export function countTests(report: TestReport): TestCounts {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report.testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed' || status === 'failed') counts[status]++;
      else counts.skipped++;
    }
    const blamed = file.assertionResults.some(({ status }) => status === 'failed');
    if (file.status === 'failed' && !blamed) counts.failed++;
  }
  return counts;
}

export function formatCounts({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function* testsOf(report: TestReport) {
  for (const file of report.testResults) {
    for (const test of file.assertionResults) yield { ...test, file: relative(repositoryRoot, file.name) };
  }
}
