import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** Tells the run of a session that waits to go on. */
export class OpenGate implements WorldCommand {
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const life = model.pick(this.#slot)?.life;
    const run = life && world.witness(life).story.openRun;
    if (run === undefined) return;
    await world.server.open(run.script.tag);
    world.note(`${run.script.tag} may go on`);
  }

  toString(): string {
    return `openGate(${this.#slot})`;
  }
}
