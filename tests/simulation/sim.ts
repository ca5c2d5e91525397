import { runSeed } from './world/run-seed.ts';
const from = Number(process.argv[2] ?? 1),
  n = Number(process.argv[3] ?? 20);
const start = performance.now();
let steps = 0,
  failed = 0;
for (let seed = from; seed < from + n; seed++) {
  const r = await runSeed(seed, { keepsTrace: process.argv.includes('--trace') });
  steps += r.steps;
  if (r.violation) {
    failed++;
    console.log(seed, r.violation.invariant, r.violation.sentence);
    if (failed <= 1) console.log(r.trace.slice(-60).join('\n'));
  } else if (process.argv.includes('--trace')) console.log(r.trace.join('\n'));
}
console.log({ failed, steps, perSecond: n / ((performance.now() - start) / 1000) });
