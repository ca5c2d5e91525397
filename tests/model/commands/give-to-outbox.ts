import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClientUnderTest } from '../clients/client-under-test.ts';
import { type Script, textOfScript } from '../server/script.ts';
import type { SessionModel, WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface GivePlan {
  readonly client: number;
  readonly slot: number;
  readonly count: number;
  readonly steps: Script['steps'];
  /** `answer-lost`: the server's answer to the last one. `reload`: of the page, at once; `offline-reload`: without a network. */
  readonly trouble: 'none' | 'answer-lost' | 'reload' | 'offline-reload';
}

/** Says things through the outbox of a client, whatever its network is like, and does not wait for what becomes of them. */
export class GiveToOutbox implements WorldCommand {
  readonly #plan: GivePlan;

  constructor(plan: GivePlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0 && model.clients > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { count, trouble } = this.#plan;
    const client = world.client(this.#plan.client);
    const session = model.pick(this.#plan.slot);
    if (session?.life === undefined) return;
    const tags = Array.from({ length: count }, () => model.tag(session));
    const last = `o-${tags.at(-1)}`;
    const isLost = trouble === 'answer-lost' && client.path.isWhole;
    if (isLost) client.path.deafenAt(last);
    if (trouble === 'offline-reload') client.path.break();
    this.#give(client, session, tags);
    world.note(`${client.plan.name} gave ${count} messages up to ${last} to its outbox (${trouble})`);
    world.count('given to an outbox', count);
    if (isLost) await loseAnswer({ client, session, world }, last);
    if (trouble !== 'reload' && trouble !== 'offline-reload') return;
    await nextTurn(); // what was said a moment ago is in the storage
    world.count('reloads with unsent messages', client.stored().length > 0 ? 1 : 0);
    await client.reload((id) => model.lifeOf(id));
  }

  toString(): string {
    const { client, slot, count, steps, trouble } = this.#plan;
    return `giveToOutbox(${client}, ${slot}, ${count} x "${textOfScript({ tag: '', steps }).trim()}", ${trouble})`;
  }

  #give(client: ClientUnderTest, { id: sessionId }: SessionModel, tags: readonly string[]): void {
    const { steps } = this.#plan;
    for (const tag of tags)
      client.give({ sessionId, commandId: `o-${tag}`, text: textOfScript({ tag, steps }) });
  }
}

/** Accepted, and the client cannot know: it sends it again when the connection is lost at last. */
async function loseAnswer(
  { client, session, world }: { client: ClientUnderTest; session: SessionModel; world: World },
  commandId: string,
): Promise<void> {
  if (session.life === undefined) return;
  const { story } = world.witness(session.life);
  await world.until('a message whose answer is lost is in the log', () =>
    story.messages.some((message) => message.commandId === commandId),
  );
  client.path.mend();
  world.count('answers lost');
}
