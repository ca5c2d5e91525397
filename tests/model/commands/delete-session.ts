import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';
import { CreateSession } from './create-session.ts';

/** Deletes a session; its id may be taken again at once, before anyone was told. */
export class DeleteSession implements WorldCommand {
  readonly #slot: number;
  readonly #isReplaced: boolean;

  constructor({ slot, isReplaced }: { slot: number; isReplaced: boolean }) {
    this.#slot = slot;
    this.#isReplaced = isReplaced;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    if (session?.life === undefined) return;
    const { id, life } = session;
    const { status } = await world.ask('DELETE', `/v1/sessions/${id}`);
    if (status !== 204) throw new Violation(`${id} was deleted with ${status}`);
    life.isDeleted = true;
    world.note(`${id} is deleted`);
    world.count('deletions');
    if (this.#isReplaced) {
      await new CreateSession(model.sessions.indexOf(session)).run(model, world);
      return;
    }
    for (const path of ['', '/events', '/blocks', '/runs']) {
      const { code } = await world.ask('GET', `/v1/sessions/${id}${path}`);
      if (code !== 'session-not-found')
        throw new Violation(`${path} of ${id}, which is deleted, was answered with ${code}`);
    }
  }

  toString(): string {
    return `${this.#isReplaced ? 'replace' : 'delete'}Session(${this.#slot})`;
  }
}
