import type { Person } from '../clients/client-under-test.ts';
import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** What one run has room for. */
const MOST_CLIENTS = 4;

/** Another page is opened, of the same person or another. */
export class AddClient implements WorldCommand {
  readonly #person: Person;
  readonly #isStreaming: boolean;

  constructor({ person, isStreaming }: { person: Person; isStreaming: boolean }) {
    this.#person = person;
    this.#isStreaming = isStreaming;
  }

  check(model: WorldModel): boolean {
    return model.clients < MOST_CLIENTS;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    model.clients += 1;
    await world.addClient({ person: this.#person, isStreaming: this.#isStreaming });
  }

  toString(): string {
    return `addClient(${this.#person}${this.#isStreaming ? ', by streams' : ''})`;
  }
}
