import type { Accepted } from '@perdure/protocol';
import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** Holds the queue, or releases it. */
export class HoldQueue implements WorldCommand {
  readonly #slot: number;
  readonly #does: 'hold' | 'release';

  constructor({ slot, does }: { slot: number; does: 'hold' | 'release' }) {
    this.#slot = slot;
    this.#does = does;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    if (session?.life === undefined) return;
    const path = `/v1/sessions/${session.id}/queue/${this.#does}`;
    const { status, answer } = await world.ask<Accepted>('POST', path, { body: {} });
    if (status !== 202) throw new Violation(`${path} was answered with ${status}`);
    world.note(`${this.#does} of ${session.id}: ${JSON.stringify(answer)}`);
    if (answer.duplicate) return;
    session.life.done.push({ does: this.#does, seq: answer.seq });
    world.count(`queue: ${this.#does}`);
  }

  toString(): string {
    return `${this.#does}Queue(${this.#slot})`;
  }
}
