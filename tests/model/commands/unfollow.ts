import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** One of a client's followers leaves. */
export class Unfollow implements WorldCommand {
  readonly #client: number;
  readonly #which: number;

  constructor({ client, which }: { client: number; which: number }) {
    this.#client = client;
    this.#which = which;
  }

  check(model: WorldModel): boolean {
    return model.clients > 0;
  }

  async run(_model: WorldModel, world: World): Promise<void> {
    const { open } = world.client(this.#client);
    const one = open[this.#which % open.length];
    await one?.follower.leave();
    world.note(`${one?.follower.name ?? 'nobody'} leaves`);
  }

  toString(): string {
    return `unfollow(${this.#client}, ${this.#which})`;
  }
}
