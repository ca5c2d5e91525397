// `pnpm test`: builds, runs every test, ends in one line of figures. Arguments go to vitest and narrow the run;
// a narrowed run writes its own report, because the requirements are judged by the whole one.
import { packPackages } from './pack-packages.ts';
import { runCommand } from './run-command.ts';
import { runVitest } from './run-vitest.ts';
import { formatCounts } from './test-report.ts';

const args = process.argv.slice(2);
const mode = args.includes('--mode') ? args[args.indexOf('--mode') + 1] : undefined;
const report = mode ?? (args.length > 0 ? 'narrowed' : 'tests');

let built = await runCommand('turbo', ['run', 'build', '--output-logs=errors-only']);
if (built === 0 && (mode === 'packaging' || mode === 'heavy')) built = await packPackages();
const counts = built === 0 ? await runVitest(report, args) : { passed: 0, failed: 1, skipped: 0 };
if (built !== 0) console.error('The build failed, so no test was run.');
console.log(formatCounts(counts));
process.exitCode = counts.failed > 0 ? 1 : 0;
