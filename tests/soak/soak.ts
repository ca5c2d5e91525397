import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import type { EventLoopDelay } from '../leaks/support/holdings.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { CHAOS_EVERY_MS, WATCHED_FROM, killsOf, type SoakPlan } from './soak-plan.ts';
import { type Disturbance, type Judgement, SoakWorld } from './soak-world.ts';

export interface SoakReport extends Judgement {
  /** Messages in the logs at the end, of those that were taken. */
  readonly messages: number;
  readonly done: Readonly<Record<Disturbance, number>>;
  /** The most that the write-ahead log had. */
  readonly walBytes: number;
  /** After the last restart, once the server has got its size. */
  readonly rssBytesPerMinute: number;
  /** Its course, from the first look to the last. */
  readonly rssMiB: readonly number[];
  /** While memory was watched. */
  readonly delay: EventLoopDelay;
  /** Then, of all cores of the machine, the part that did something. */
  readonly load: number;
}

const disturbances = ['cut', 'reload', 'interrupt', 'renew'] as const;

/** A server lives through so many minutes of talk, with everything done to it and its clients that happens in the field. */
export async function soak(plan: SoakPlan): Promise<SoakReport> {
  const totalMs = plan.minutes * 60_000;
  const kills = killsOf(plan);
  const tickMs = Math.min(CHAOS_EVERY_MS, totalMs / 20);
  using directory = temporaryDirectory();
  await using world = await SoakWorld.open(plan, directory.path, seededRandom(plan.seed));
  world.startTalk();
  const startMs = performance.now();
  const passed = () => (performance.now() - startMs) / totalMs;
  const judgements: Judgement[] = [];
  let growth: { readonly sinceMs: number; readonly times: CpuTimes } | undefined;
  const wasEachDone = () => Object.values(world.done).every((count) => count > 0);
  let isFilled = false;
  for (let tick = 0; passed() < 1 || !wasEachDone(); tick += 1) {
    await wait(tickMs);
    if (passed() > (kills[world.done.kill] ?? Number.POSITIVE_INFINITY)) await world.disturb('kill');
    else await world.disturb(disturbances[tick % disturbances.length] ?? 'cut');
    if (!isFilled && world.done.kill === kills.length) {
      isFilled = true;
      await world.fillRecent();
    }
    if (growth === undefined && passed() > WATCHED_FROM) {
      growth = { sinceMs: performance.now(), times: cpuTimes() };
      await world.delay();
    }
    if (tick % 12 === 11) judgements.push(await world.judge());
  }
  const delay = await world.delay();
  const load = growth === undefined ? Number.NaN : loadSince(growth.times);
  const rssBytesPerMinute = world.memory.bytesPerMinuteSince(growth?.sinceMs ?? 0);
  judgements.push(await world.end());
  return {
    violations: judgements.flatMap(({ violations }) => violations),
    events: judgements.at(-1)?.events ?? 0,
    comparisons: judgements.reduce((sum, { comparisons }) => sum + comparisons, 0),
    messages: world.messages,
    done: world.done,
    walBytes: world.memory.walBytes,
    rssBytesPerMinute,
    rssMiB: world.memory.course,
    ...{ delay, load },
  };
}

interface CpuTimes {
  readonly idleMs: number;
  readonly allMs: number;
}

function cpuTimes(): CpuTimes {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    idleMs: sum(times.map(({ idle }) => idle)),
    allMs: sum(times.flatMap((one) => Object.values(one))),
  };
}

function loadSince(before: CpuTimes): number {
  const now = cpuTimes();
  return 1 - (now.idleMs - before.idleMs) / (now.allMs - before.allMs);
}
