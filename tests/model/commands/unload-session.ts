import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** Takes a session out of the server's memory. */
export class UnloadSession implements WorldCommand {
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    if (session?.life === undefined) return;
    session.life.unloads += 1;
    await world.server.unload(session.id);
    world.note(`${session.id} is unloaded`);
    world.count('unloads');
  }

  toString(): string {
    return `unloadSession(${this.#slot})`;
  }
}
