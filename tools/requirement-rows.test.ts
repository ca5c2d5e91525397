import { expect, it } from 'vitest';
import { requirementRows } from './requirement-rows.ts';
import { countTests, formatCounts, type TestReport } from './test-report.ts';

const report: TestReport = {
  startTime: 0,
  success: false,
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      message: '',
      assertionResults: [
        { title: '[A1] alone', ancestorTitles: [], status: 'passed' },
        { title: '[A2][A3] together', ancestorTitles: [], status: 'passed' },
        { title: '[A3] again', ancestorTitles: [], status: 'failed' },
        { title: 'mentions [A4] later', ancestorTitles: [], status: 'passed' },
        { title: 'in a group', ancestorTitles: ['[A6] all of these'], status: 'passed' },
        { title: '[A5] not run', ancestorTitles: [], status: 'skipped' },
      ],
    },
    { name: 'b.test.ts', status: 'failed', message: 'could not be loaded', assertionResults: [] },
  ],
};

it('a claim is proven by a passed test whose title begins with its id, unless another one failed', () => {
  const rows = requirementRows(['A1', 'A2', 'A3', 'A4', 'A5', 'A6'], report);
  expect(rows.map(({ id, proven }) => `${id} ${proven}`)).toEqual([
    'A1 true',
    'A2 true',
    'A3 false',
    'A4 false',
    'A5 false',
    'A6 true',
  ]);
});

it('counts a file that could not be loaded as a failure', () => {
  expect(formatCounts(countTests(report))).toBe('4 passed, 2 failed, 1 skipped');
});
