import { type TestReport, testsOf } from './test-report.ts';

export interface RequirementRow {
  id: string;
  tests: { title: string; file: string; status: string }[];
  proven: boolean;
}

export function requirementRows(ids: readonly string[], report: TestReport): RequirementRow[] {
  const byId = new Map<string, RequirementRow['tests']>(ids.map((id) => [id, []]));
  for (const { title, ancestorTitles, file, status } of testsOf(report)) {
    const ids = new Set([...ancestorTitles, title].flatMap(idsOf));
    for (const id of ids) byId.get(id)?.push({ title, file, status });
  }
  return [...byId].map(([id, tests]) => ({ id, tests, proven: isProven(tests) }));
}

/** The ids that a title, of a test or of a group, begins with: `[D1][D2] both` gives D1 and D2. */
function idsOf(title: string): string[] {
  const prefix = /^(?:\[[A-Z]+\d+[a-z]?\]\s*)+/.exec(title)?.[0] ?? '';
  return prefix.split(/[[\]\s]+/).filter(Boolean);
}

/** One passed test proves a claim; one failed test takes the proof away. */
function isProven(tests: RequirementRow['tests']): boolean {
  return tests.some(({ status }) => status === 'passed') && !tests.some(({ status }) => status === 'failed');
}
