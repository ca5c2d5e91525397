import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** `cut`: every connection ends; `deafen`: what the server says is lost; `break`: offline; `mend`: online again. */
export type Disturbance = 'cut' | 'deafen' | 'break' | 'mend';

/** Does something to the network of one client. */
export class DisturbNetwork implements WorldCommand {
  readonly #client: number;
  readonly #disturbance: Disturbance;

  constructor({ client, disturbance }: { client: number; disturbance: Disturbance }) {
    this.#client = client;
    this.#disturbance = disturbance;
  }

  check(model: WorldModel): boolean {
    return model.clients > 0;
  }

  async run(_model: WorldModel, world: World): Promise<void> {
    const client = world.client(this.#client);
    world.note(`network of ${client.plan.name}: ${this.#disturbance}`);
    world.count(`network: ${this.#disturbance}`);
    if (this.#disturbance === 'mend') client.comeBack();
    else client.path[this.#disturbance]();
  }

  toString(): string {
    return `${this.#disturbance}Network(${this.#client})`;
  }
}
