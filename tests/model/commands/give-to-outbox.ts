import { type Script, textOfScript } from '../server/script.ts';
import type { WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface GivePlan {
  readonly client: number;
  readonly slot: number;
  readonly count: number;
  readonly steps: Script['steps'];
  /** The answer of the last one is lost on its way. */
  readonly losesAnswer: boolean;
}

/** Says things through the outbox of a client, whatever its network is like, and does not wait. */
export class GiveToOutbox implements WorldCommand {
  readonly #plan: GivePlan;

  constructor(plan: GivePlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0 && model.clients > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { count, steps, losesAnswer } = this.#plan;
    const client = world.client(this.#plan.client);
    const session = model.pick(this.#plan.slot);
    if (session?.life === undefined) return;
    const tags = Array.from({ length: count }, () => model.tag(session));
    const last = `o-${tags.at(-1)}`;
    const isLost = losesAnswer && client.path.isWhole;
    if (isLost) client.path.deafenAt(last);
    for (const tag of tags)
      client.give({ sessionId: session.id, commandId: `o-${tag}`, text: textOfScript({ tag, steps }) });
    world.note(`${client.plan.name} gave ${count} messages up to ${last} to its outbox`);
    world.count('given to an outbox', count);
    if (!isLost) return;
    // Accepted, and the client cannot know: it sends it again when the connection is lost at last.
    const { story } = world.witness(session.life);
    await world.until('a message whose answer is lost is in the log', () =>
      story.messages.some(({ commandId }) => commandId === last),
    );
    client.path.mend();
    world.count('answers lost');
  }

  toString(): string {
    const { client, slot, count, steps, losesAnswer } = this.#plan;
    const answer = losesAnswer ? ', the last answer is lost' : '';
    return `giveToOutbox(${client}, ${slot}, ${count} x "${textOfScript({ tag: '', steps }).trim()}"${answer})`;
  }
}
