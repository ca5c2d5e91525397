import type { Created } from '@perdure/protocol';
import { LifeModel, type WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** Creates a session, or asks for one that is there already, or takes the id of one that was deleted. */
export class CreateSession implements WorldCommand {
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  check(): boolean {
    return true;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.sessions[this.#slot % model.sessions.length];
    if (session === undefined) return;
    const isNew = session.life === undefined;
    const reply = await world.ask<Created>('POST', '/v1/sessions', { body: { id: session.id } });
    if (reply.status !== (isNew ? 201 : 200) || reply.answer.created !== isNew)
      throw new Violation(`${session.id} was created with ${reply.status}, ${JSON.stringify(reply.answer)}`);
    world.note(`${session.id} is there${isNew ? ', anew' : ''}`);
    if (!isNew) return;
    if (reply.answer.head !== 1) throw new Violation(`a new session has the head ${reply.answer.head}`);
    if (session.lives.length > 0) world.count('ids taken again');
    const life = new LifeModel(session.lives.length + 1);
    session.lives.push(life);
    world.watch(session, life);
  }

  toString(): string {
    return `createSession(${this.#slot})`;
  }
}
