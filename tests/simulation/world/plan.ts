import { seededRandom } from '../../support/seeded-random.ts';
import { type Recipe, recipes } from '../server/simulated-agent.ts';

/** What can go wrong from outside, each by its own part of the world. */
export const faults = [
  'crash',
  'shutdown',
  'freeze',
  'wall-jump',
  'unload',
  'recreate',
  'audit',
  'restore',
  'disk-failure',
  'disk-slow',
  'cut',
  'half-open',
  'stall',
  'late-link',
  'cut-short',
  'frame-lost',
  'revoke',
  'mismatch',
  'reload',
  'rest',
] as const;
export type Fault = (typeof faults)[number];

export type Mode = 'safety' | 'liveness';

/** What a seed is made of: each one has a part of the faults only, and rates of its own. */
export interface Plan {
  readonly seed: number;
  /** `liveness`: the faults stop, and everything has to come to rest. */
  readonly mode: Mode;
  readonly clients: number;
  readonly sessions: number;
  readonly horizonMs: number;
  readonly actions: number;
  /** How often each fault happens; one that is missing does not. */
  readonly faults: ReadonlyMap<Fault, number>;
  readonly recipes: readonly Recipe[];
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly fsyncMs: number;
  /** Reads take time, as those of a database on another machine do. */
  readonly hasSlowReads: boolean;
  /** Now and then a read takes long, and what is written meanwhile is heard of before its answer, which does not have it. */
  readonly hasOvertakenReads: boolean;
  /** Of so many requests, one is lost, sent twice, or done with its answer lost. */
  readonly restFaultRate: number;
  readonly startFaultRate: number;
  readonly highWaterBytes: number;
  readonly maxFrameBytes: number;
  readonly ringBytes: number;
  readonly ringLingerMs: number;
  readonly idleSeqs: number;
  readonly idleMs: number;
  readonly sliceRows: number;
  readonly runGraceMs: number;
  readonly queuedMessages: number;
  readonly followersPerPrincipal: number;
  readonly sessionLogBytes: number | undefined;
  /** Of how many events each log keeps at least; none: of all. */
  readonly keepEvents: number | undefined;
}

export function planOf(seed: number, forced: Mode | undefined): Plan {
  const random = seededRandom(seed, 'plan');
  const { below, chance, pick } = random;
  const mode = chance(0.4) ? 'liveness' : 'safety';
  const chosen = faults.filter(() => chance(0.3)).map((fault) => [fault, 1 + below(3)] as const);
  const isQuiet = chance(0.08); // nothing goes wrong: nothing may be asked for twice
  const byFault = new Map(isQuiet ? [] : chosen);
  const isLarge = chance(0.06);
  const hasFullLogs = chance(0.04);
  const common = recipes.filter((recipe) => recipe !== 'large' && recipe !== 'crash' && chance(0.5));
  return {
    seed,
    // A full log is refused as if time could heal it: what waits for it waits for ever.
    mode: hasFullLogs ? 'safety' : (forced ?? mode),
    clients: 1 + below(4),
    sessions: 1 + below(2),
    horizonMs: 4_000 + below(26_000),
    actions: 8 + below(18),
    faults: byFault,
    recipes: [
      ...(common.length === 0 ? (['answer'] as const) : common),
      ...(isLarge ? (['large', 'large'] as const) : []),
      ...(!isQuiet && chance(0.12) ? (['crash', 'crash', 'crash'] as const) : []),
    ],
    latencyMs: pick([0, 2, 30, 300]),
    jitterMs: pick([0, 0, 2, 40]),
    fsyncMs: pick([0, 1, 5, 60]),
    hasSlowReads: chance(0.35),
    restFaultRate: byFault.has('rest') ? pick([0.05, 0.2, 0.4]) : 0,
    startFaultRate: isQuiet ? 0 : pick([0, 0, 0.1, 0.4]),
    highWaterBytes: pick([600, 4_000, 229_376]),
    maxFrameBytes: pick([700, 2_000, 32_768]),
    ringBytes: pick([2_000, 20_000, 2_097_152]),
    ringLingerMs: pick([300, 5_000, 60_000]),
    idleSeqs: pick([3, 20, 1_000]),
    idleMs: pick([200, 5_000]),
    sliceRows: pick([1, 3, 200]),
    runGraceMs: pick([0, 200, 5_000]),
    queuedMessages: pick([2, 100]),
    followersPerPrincipal: pick([3, 50]),
    sessionLogBytes: hasFullLogs ? 6_000 : undefined,
    keepEvents: keepEventsOf(seed),
    hasOvertakenReads: seededRandom(seed, 'overtaken').chance(0.5),
  };
}

/** Drawn apart from all else: what a seed was before logs could lose their beginning, it still is. */
function keepEventsOf(seed: number): number | undefined {
  const { chance, pick } = seededRandom(seed, 'retention');
  return chance(0.3) ? pick([2, 8, 30]) : undefined;
}
