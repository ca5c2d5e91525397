import { type Script, textOfScript } from '../server/script.ts';
import type { Person } from '../clients/client-under-test.ts';
import { sendMessage } from '../send-message.ts';
import type { Sent, WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface SubmitPlan {
  readonly slot: number;
  readonly person: Person;
  readonly steps: Script['steps'];
  readonly how: 'queue' | 'interrupt' | 'no-run';
}

/** Says something over REST and waits until it is accepted. */
export class Submit implements WorldCommand {
  readonly #plan: SubmitPlan;

  constructor(plan: SubmitPlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { slot, person, steps, how } = this.#plan;
    const session = model.pick(slot);
    if (session?.life === undefined) return;
    const tag = model.tag(session);
    const sent: Sent = {
      person,
      commandId: `c-${tag}`,
      text: textOfScript({ tag, steps }),
      delivery: how === 'interrupt' ? 'interrupt' : 'queue',
      runs: how !== 'no-run',
      mayBeThere: false,
    };
    await sendMessage(world, { session, life: session.life, sent });
    world.note(`${person} said "${sent.text}" (${how}) at ${sent.answer?.seq}`);
  }

  toString(): string {
    const { slot, person, steps, how } = this.#plan;
    return `submit(${slot}, ${person}, "${textOfScript({ tag: '', steps }).trim()}", ${how})`;
  }
}
