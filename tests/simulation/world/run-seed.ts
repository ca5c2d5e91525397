import { seededRandom } from '../../support/seeded-random.ts';
import { checkStored } from '../oracle/check-stored.ts';
import type { Violation } from '../oracle/violation.ts';
import { checkRecovery } from './check-recovery.ts';
import { FaultActions } from './fault-actions.ts';
import { type Mode, planOf } from './plan.ts';
import { settle } from './settle.ts';
import { World } from './world.ts';

export interface SeedOptions {
  readonly mode?: Mode | undefined;
  /** Keeps every line of the trace, not only the last. */
  readonly keepsTrace?: boolean | undefined;
}

export interface SeedResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** What was reached, and how often. */
  readonly reached: ReadonlyMap<string, number>;
  readonly steps: number;
  readonly hash: string;
  readonly trace: readonly string[];
}

/** More than the longest seed needs by far: a seed that does not come to an end is a fault. */
export const MOST_STEPS = 60_000;

/** The world that runs now: what nobody caught is its fault. */
let running: World | undefined;
let isListening = false;

/** Plays one seed. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedResult> {
  listen();
  const plan = planOf(seed, options.mode);
  const world = new World(plan, { keepsTrace: options.keepsTrace ?? false });
  running = world;
  try {
    schedule(world);
    await play(world, plan.horizonMs);
    if (plan.mode === 'liveness') await settle(world);
    else await checkRecovery(world);
    if (world.violation === undefined) checkStored(world.disk, world.ledger, world.fail);
  } catch (error) {
    world.fail('sim', `The simulator broke: ${error instanceof Error ? error.stack : String(error)}`);
  }
  running = undefined;
  const { violation, reachedHere: reached, time, trace } = world;
  return { seed, violation, reached, steps: time.steps, hash: trace.hash, trace: trace.lines };
}

/** Goes on until `untilMs`, or until something is wrong. */
export async function play(world: World, untilMs: number): Promise<void> {
  while (world.violation === undefined && (await world.time.step(untilMs)))
    if (world.time.steps > MOST_STEPS) world.fail('I13', 'The seed does not come to an end.');
}

/** Puts all that people and chance do on the clock. */
function schedule(world: World): void {
  const { plan, time, actions, hosts, machines, sessionIds } = world;
  const random = seededRandom(plan.seed, 'schedule');
  const within = () => random.next() * plan.horizonMs;
  const faults = new FaultActions(world, random.fork('faults'));
  hosts.boot();
  for (const machine of machines.slice(0, 2))
    for (const id of sessionIds)
      time.at(50 + random.below(400), time.world, `${id} is made`, () => actions.create(machine, id));
  for (const machine of machines) {
    if (random.chance(0.8))
      time.at(500 + random.below(1_000), time.world, 'looks', () => machine.look(random.pick(sessionIds)));
  }
  for (let count = 0; count < plan.actions; count += 1)
    time.at(500 + within(), time.world, 'someone acts', () => actions.act(random.pick(machines)));
  if (random.chance(0.15))
    time.at(1_000 + within(), time.world, 'a stranger comes', () =>
      actions.intrude(world.stranger, random.pick(sessionIds)),
    );
  for (const [fault, often] of plan.faults)
    for (let count = 0; count < often; count += 1)
      time.at(500 + within(), time.world, `fault ${fault}`, () => faults.happen(fault));
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  const blame = (error: unknown) => {
    if (running === undefined) throw error;
    running.fail('I16', `Nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on('unhandledRejection', blame);
  process.on('uncaughtException', blame);
}
