import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** A page is loaded again: only what it has stored is left of it. */
export class ReloadClient implements WorldCommand {
  readonly #client: number;

  constructor(client: number) {
    this.#client = client;
  }

  check(model: WorldModel): boolean {
    return model.clients > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const client = world.client(this.#client);
    world.note(`${client.plan.name} is loaded again, with ${client.stored().length} messages unsent`);
    world.count('reloads');
    world.count('reloads with unsent messages', client.stored().length > 0 ? 1 : 0);
    await client.reload((id) => model.lifeOf(id));
  }

  toString(): string {
    return `reloadClient(${this.#client})`;
  }
}
