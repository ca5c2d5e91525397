import { PerdureError } from '@perdure/protocol';
import type {
  AgentDefinition,
  EnvironmentContext,
  ExecutionEnvironment,
  RunEnd,
  RunPort,
  Turn,
} from '../../../packages/server/src/environment/execution-environment.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { RecipeRun } from './recipe-run.ts';

/** What an agent does with a message: the message names it. */
export const recipes = [
  'answer',
  'tool',
  'orphan-tool',
  'open-block',
  'slow',
  'throw',
  'fail',
  'endless',
  'stubborn',
  'late',
  'flush',
  'events',
  'flood',
  'two-blocks',
  'large',
  'crash',
] as const;
export type Recipe = (typeof recipes)[number];

/** What agents need of the world, and what they tell it. */
export interface AgentWorld {
  readonly random: SeededRandom;
  /** Of so many environments, one does not start, or hangs while it does. */
  readonly startFaultRate: number;
  /** Environments hang at their start: what starts after a recovery is not looked at. */
  readonly neverStarts: boolean;
  wait(ms: number): Promise<void>;
  /** Ends the process that the agent runs in. */
  crash(): void;
  reached(what: string): void;
  began(runId: string): void;
  /** The agent of a run says something. */
  said(runId: string, type: string, payload: object): void;
  /** All that was said in the run was told to be durable. */
  flushed(context: EnvironmentContext, runId: string): void;
}

export function simulatedAgent(world: AgentWorld): AgentDefinition {
  return { reach: 'none', onInterrupted: 'ask', createEnvironment: () => new SimulatedEnvironment(world) };
}

/** An environment that does what the message says, badly if it says so. */
class SimulatedEnvironment implements ExecutionEnvironment {
  readonly #world: AgentWorld;
  #context: EnvironmentContext | undefined;
  #isHealthy = true;

  constructor(world: AgentWorld) {
    this.#world = world;
  }

  async start(context: EnvironmentContext): Promise<void> {
    const { random, startFaultRate, wait, reached } = this.#world;
    this.#context = context;
    if (this.#world.neverStarts) await new Promise(() => {});
    await wait(random.below(30));
    if (!random.chance(startFaultRate)) return;
    if (random.chance(0.3)) {
      reached('environment hangs at its start');
      await new Promise(() => {});
    }
    reached('environment fails to start');
    throw new PerdureError('environment-failed', 'The environment of the simulation does not start.');
  }

  async run(turn: Turn, port: RunPort, signal: AbortSignal): Promise<RunEnd> {
    const recipe = (/recipe:([a-z-]+)/.exec(turn.text)?.[1] ?? 'answer') as Recipe;
    const context = this.#context as EnvironmentContext;
    this.#world.reached(`agent ${recipe}`);
    this.#world.began(turn.runId);
    const told: RunPort = {
      ...port,
      emit: (type, payload) => {
        this.#world.said(turn.runId, type, payload);
        return port.emit(type, payload);
      },
    };
    return new RecipeRun({ world: this.#world, context, turn, port: told, signal }).play(recipe);
  }

  async stop(): Promise<void> {
    this.#isHealthy = false;
    const { random, wait } = this.#world;
    if (random.chance(0.2)) await wait(random.below(500));
  }

  async isHealthy(): Promise<boolean> {
    return this.#isHealthy;
  }
}
