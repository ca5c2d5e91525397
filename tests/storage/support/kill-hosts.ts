import { seededRandom } from '../../support/seeded-random.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import type { Phase } from './host-reports.ts';
import { KilledWorld, type KillPlan } from './killed-world.ts';
import { startProgram } from './start-program.ts';

export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  /** When hosts are killed, in turn. */
  readonly phases: readonly Phase[];
}

export interface KillFindings {
  readonly kills: number;
  /** Kills in each phase. */
  readonly phases: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** Lives of one data directory: logs that grow for ever would make each judgement slower than the last. */
const LIVES = 8;
/** So many hosts recover the same directory, now and then. */
const RECOVERIES = 5;

/** Kills hosts at random moments of the phases given, and after each holds what is there against what was said. */
export async function killHosts({ seed, kills, phases }: KillOptions): Promise<KillFindings> {
  const random = seededRandom(seed, 'kills');
  const plans = Array.from({ length: kills }, (_, index): KillPlan => {
    const phase = phases[index % phases.length] ?? 'working';
    const isRare = phase === 'opening' || phase === 'recovering' || phase === 'working';
    const delayMs = random.below(phase === 'working' ? 150 : 30);
    return { phase, nth: isRare ? 1 : 1 + random.below(4), delayMs };
  });
  // The next host starts while what the last one left is looked at.
  let waiting = startProgram('killed-host');
  const found = new Map<string, number>();
  const faults: string[] = [];
  const played = () => [...found.values()].reduce((sum, count) => sum + count, 0);
  for (let first = 0; first < kills && faults.length === 0; first += LIVES) {
    using directory = temporaryDirectory();
    const world = new KilledWorld(directory.path);
    for (const [index, plan] of plans.slice(first, first + LIVES).entries()) {
      const program = waiting;
      await world.live(program, plan);
      waiting = startProgram('killed-host');
      found.set(plan.phase, (found.get(plan.phase) ?? 0) + 1);
      // Who is to be killed while it recovers needs something to recover.
      const next = plans[first + index + 1]?.phase;
      const leavesOpen = index < LIVES - 1 && (next === 'opening' || next === 'recovering');
      const recovers = leavesOpen ? 0 : index % 4 === 3 ? RECOVERIES : 1;
      const name = `seed ${seed}, kill ${first + index + 1} (${plan.phase} ${plan.nth} + ${plan.delayMs} ms)`;
      faults.push(...(await world.judge({ recovers })).map((fault) => `${name}: ${fault}`));
      if (faults.length > 0) break;
    }
  }
  waiting.signal('SIGKILL');
  await waiting.ended;
  return { kills: played(), phases: Object.fromEntries(found), faults };
}
