import type { Script } from '../server/script.ts';
import { textOfScript } from '../server/script.ts';
import { postMessage, takeAnswer } from '../send-message.ts';
import type { Sent, WorldModel } from '../session-model.ts';
import { proveAllAccepted } from '../prove-all-accepted.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface BurstPlan {
  readonly slot: number;
  readonly count: number;
  readonly steps: Script['steps'];
  /** As soon as so many are accepted the server is killed. */
  readonly killAfter: number | undefined;
}

/** Says several things at once; the server may be killed before it has answered all. */
export class Burst implements WorldCommand {
  readonly #plan: BurstPlan;

  constructor(plan: BurstPlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { slot, count, steps, killAfter } = this.#plan;
    const session = model.pick(slot);
    if (session?.life === undefined) return;
    const all = Array.from({ length: count }, (): Sent => {
      const tag = model.tag(session);
      const text = textOfScript({ tag, steps });
      return { person: 'bob', commandId: `c-${tag}`, text, delivery: 'queue', runs: true, mayBeThere: true };
    });
    session.life.sent.push(...all);
    let accepted = 0;
    let killed: Promise<void> | undefined;
    const posting = all.map(async (sent) => {
      const { status, answer } = await postMessage(world, session.id, sent);
      if (status !== 202) throw new Violation(`${sent.commandId} was answered with ${status}`);
      takeAnswer(sent, answer);
      accepted += 1;
      if (accepted === killAfter) killed = world.server.kill();
    });
    const ends = await Promise.allSettled(posting);
    await killed;
    world.note(
      `bob said ${count} things at once, ${accepted} were accepted${killed === undefined ? '' : ', then a kill'}`,
    );
    if (killed !== undefined) {
      for (const { life } of model.living) if (life !== undefined) life.kills += 1;
      world.count('kills');
      world.count('kills amid commands', accepted < count ? 1 : 0);
      await world.server.start();
    }
    for (const end of ends)
      if (end.status === 'rejected' && (killed === undefined || end.reason instanceof Violation))
        throw end.reason;
    await proveAllAccepted(world, model);
  }

  toString(): string {
    const { slot, count, steps, killAfter } = this.#plan;
    const kill = killAfter === undefined ? '' : `, kill after ${killAfter}`;
    return `burst(${slot}, ${count} x "${textOfScript({ tag: '', steps }).trim()}"${kill})`;
  }
}
