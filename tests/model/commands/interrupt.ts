import type { Accepted, RunState } from '@perdure/protocol';
import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface InterruptPlan {
  readonly slot: number;
  readonly which: 'open' | 'queued' | 'any';
  readonly number: number;
  /** The next run goes on. */
  readonly next: boolean;
}

/** Asks a run to end: the one that is open, one that waits, or any that there ever was. */
export class Interrupt implements WorldCommand {
  readonly #plan: InterruptPlan;

  constructor(plan: InterruptPlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { slot, next } = this.#plan;
    const session = model.pick(slot);
    if (session?.life === undefined) return;
    const { id, life } = session;
    const runId = this.#runOf(world, model);
    if (runId === undefined) return;
    const { status, answer } = await world.ask<Accepted>('POST', `/v1/sessions/${id}/interrupt`, {
      body: { runId, next },
    });
    if (status !== 202) throw new Violation(`an interrupt of ${runId} was answered with ${status}`);
    world.note(`interrupted ${runId} (next: ${next}): ${JSON.stringify(answer)}`);
    if (!answer.duplicate) {
      life.done.push({ does: 'interrupt', seq: answer.seq, runId, next });
      world.count('interrupts');
      return;
    }
    const run = await world.get<RunState>(`/v1/sessions/${id}/runs/${runId}`);
    if (run.status === 'queued' || run.status === 'running' || run.status === 'waiting')
      throw new Violation(`an interrupt of ${runId} changed nothing, and it is ${run.status}`);
  }

  toString(): string {
    const { slot, which, number, next } = this.#plan;
    return `interrupt(${slot}, ${which} ${number}${next ? ', next' : ''})`;
  }

  #runOf(world: World, model: WorldModel): string | undefined {
    const { slot, which, number } = this.#plan;
    const life = model.pick(slot)?.life;
    if (life === undefined) return undefined;
    const { story } = world.witness(life);
    const queued = story.queue.flatMap(({ runId }) => runId ?? []);
    if (which === 'open') return story.openRun?.runId;
    if (which === 'queued') return queued[number % queued.length];
    const all = story.messages.flatMap(({ runId }) => runId ?? []);
    return all[number % all.length];
  }
}
