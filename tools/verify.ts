// `pnpm verify`: everything that must hold before a change is merged. Every step runs even when one before it
// failed, so one run names every fault. The last line counts the tests, and each other step as one check.
import { checkTarballs, packPackages } from './pack-packages.ts';
import { runCommand } from './run-command.ts';
import { runVitest } from './run-vitest.ts';
import { formatCounts, type TestCounts } from './test-report.ts';

const asCheck = (code: number): TestCounts => ({
  passed: code === 0 ? 1 : 0,
  failed: code === 0 ? 0 : 1,
  skipped: 0,
});
const command =
  (name: string, ...args: string[]) =>
  async () =>
    asCheck(await runCommand(name, args));
const turbo = (...args: string[]) => command('turbo', ...args, '--output-logs=errors-only');
const quietly = (name: string, args: string[]) => runCommand(name, args, { quiet: true });

const steps: Record<string, () => Promise<TestCounts>> = {
  format: command('biome', 'format', '.'),
  lint: command('biome', 'lint', '--error-on-warnings', '.'),
  'unused code and dependencies': command('knip'),
  // What tests may reach into is a rule of tests/architecture.
  'boundaries between packages': command('turbo', 'boundaries', '--filter=!@perdure/tests'),
  types: turbo('run', 'check:types', 'check:types:root', '--continue'),
  build: turbo('run', 'build', '--continue'),
  tests: () => runVitest('tests', []),
  requirements: command('node', '--conditions=@perdure/source', 'tools/requirements.ts'),
  sizes: command('size-limit'),
  pack: async () => asCheck(await packPackages()),
  publint: async () => asCheck(await checkTarballs((file) => quietly('publint', ['--strict', file]))),
  'types as published': async () =>
    asCheck(await checkTarballs((file) => quietly('attw', ['--profile', 'esm-only', file]))),
  'packages as installed': () => runVitest('packaging', ['--mode', 'packaging']),
};

const total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];
const started = performance.now();
for (const [index, [name, run]] of Object.entries(steps).entries()) {
  console.log(`\n[${index + 1}/${Object.keys(steps).length}] ${name}`);
  const from = performance.now();
  const counts = await run();
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += counts[key];
  const tests = counts.passed + counts.failed > 1 ? `  ${formatCounts(counts)}` : '';
  summary.push(`${counts.failed === 0 ? 'ok    ' : 'FAILED'} ${seconds(from)}  ${name}${tests}`);
  console.log(summary.at(-1));
}

console.log(`\n${summary.join('\n')}\n       ${seconds(started)}  in all\n`);
console.log(formatCounts(total));
process.exitCode = total.failed > 0 ? 1 : 0;

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`.padStart(8);
}
