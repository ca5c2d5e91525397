import type { Accepted, AnyEvent } from '@perdure/protocol';
import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

type Change = 'edit' | 'remove' | 'promote';

/** Changes, takes back or prefers a message that waits. */
export class ChangeQueue implements WorldCommand {
  readonly #slot: number;
  readonly #which: number;
  readonly #change: Change;

  constructor({ slot, which, change }: { slot: number; which: number; change: Change }) {
    this.#slot = slot;
    this.#which = which;
    this.#change = change;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    if (session?.life === undefined) return;
    const { id, life } = session;
    const { queue } = world.witness(life).story;
    const messageId = queue[this.#which % queue.length]?.messageId;
    if (messageId === undefined) return;
    const text = `${model.tag(session)} say:3`;
    const path = `/v1/sessions/${id}/queue/${messageId}`;
    const reply = await this.#ask(world, path, text);
    world.note(`${this.#change} of ${messageId}: ${JSON.stringify(reply.answer)}`);
    if (reply.status === 202) {
      const { seq } = reply.answer;
      life.done.push(
        this.#change === 'edit'
          ? { does: 'edit', seq, messageId, text }
          : { does: this.#change, seq, messageId },
      );
      world.count(`queue: ${this.#change}`);
      return;
    }
    const left = await world.pages<AnyEvent>(
      `/v1/sessions/${id}/events?types=message%3Adelivered&types=message%3Aremoved&limit=100`,
    );
    const isGone = left.some(({ payload }) => (payload as { messageId: string }).messageId === messageId);
    if (reply.code !== 'message-not-found' || !isGone)
      throw new Violation(`${this.#change} of ${messageId} was answered with ${reply.status} ${reply.code}`);
  }

  toString(): string {
    return `${this.#change}Queued(${this.#slot}, ${this.#which})`;
  }

  #ask(world: World, path: string, content: string) {
    switch (this.#change) {
      case 'edit':
        return world.ask<Accepted>('PATCH', path, { body: { content } });
      case 'remove':
        return world.ask<Accepted>('DELETE', path);
      case 'promote':
        return world.ask<Accepted>('POST', `${path}/promote`, { body: {} });
      default:
        return this.#change satisfies never;
    }
  }
}
