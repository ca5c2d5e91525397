import { postMessage, proveAccepted, sendMessage, takeAnswer } from '../send-message.ts';
import type { LifeModel, Sent, SessionModel, WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** What is the same as the first time, beside the command id. */
export type Repetition = 'all' | 'not-words' | 'not-person' | 'not-session';

/** Uses a command id again: the same command, or another that only happens to have its id. */
export class RepeatSubmit implements WorldCommand {
  readonly #slot: number;
  readonly #which: number;
  readonly #repetition: Repetition;

  constructor({ slot, which, repetition }: { slot: number; which: number; repetition: Repetition }) {
    this.#slot = slot;
    this.#which = which;
    this.#repetition = repetition;
  }

  check(model: WorldModel): boolean {
    return (model.pick(this.#slot)?.life?.sent.length ?? 0) > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    const life = session?.life;
    const first = life?.sent[this.#which % life.sent.length];
    if (session === undefined || life === undefined || first === undefined) return;
    switch (this.#repetition) {
      case 'all':
        return this.#same(world, session, first);
      case 'not-words':
        return this.#otherWords(world, session, first);
      case 'not-person':
        return this.#elsewhere(world, {
          model,
          session,
          life,
          person: first.person === 'ann' ? 'bob' : 'ann',
          first,
        });
      case 'not-session': {
        const other = model.living.find((one) => one !== session);
        if (other?.life === undefined) return;
        return this.#elsewhere(world, {
          model,
          session: other,
          life: other.life,
          person: first.person,
          first,
        });
      }
      default:
        return this.#repetition satisfies never;
    }
  }

  toString(): string {
    return `repeatSubmit(${this.#slot}, ${this.#which}, ${this.#repetition})`;
  }

  async #same(world: World, session: SessionModel, first: Sent): Promise<void> {
    const { answer: before } = first;
    const { status, answer } = await postMessage(world, session.id, first);
    if (status !== 202) throw new Violation(`${first.commandId} again was answered with ${status}`);
    takeAnswer(first, answer);
    if (
      before !== undefined &&
      (!answer.duplicate || answer.seq !== before.seq || answer.runId !== before.runId)
    )
      throw new Violation(
        `${first.commandId} again was answered with ${JSON.stringify(answer)}, before with ${JSON.stringify(before)}`,
      );
    await proveAccepted(world, session.id, first);
    world.note(`${first.commandId} again: at ${answer.seq}`);
    if (answer.duplicate) world.count('repetitions');
  }

  async #otherWords(world: World, session: SessionModel, first: Sent): Promise<void> {
    if (first.answer === undefined) return; // nobody knows whether it would be the first
    const { code } = await postMessage(world, session.id, { ...first, text: `${first.text} note` });
    if (code !== 'idempotency-mismatch')
      throw new Violation(`other words under ${first.commandId} were answered with ${code}`);
    world.count('ids with other words');
  }

  /** Somebody else's command, or another session's, has nothing to do with the first. */
  async #elsewhere(
    world: World,
    at: { model: WorldModel; session: SessionModel; life: LifeModel; person: Sent['person']; first: Sent },
  ): Promise<void> {
    const { model, session, life, person, first } = at;
    const { commandId } = first;
    if (life.sent.some((own) => own.commandId === commandId && own.person === person)) return;
    const text = `${model.tag(session)} say:2`;
    const sent: Sent = { person, commandId, text, delivery: 'queue', runs: true, mayBeThere: false };
    await sendMessage(world, { session, life, sent });
    world.note(`${commandId} also by ${person} in ${session.id}, at ${sent.answer?.seq}`);
    world.count(`ids used again: ${this.#repetition}`);
  }
}
