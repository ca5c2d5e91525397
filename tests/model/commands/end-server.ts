import type { WorldModel } from '../session-model.ts';
import { proveAllAccepted } from '../prove-all-accepted.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface EndPlan {
  readonly how: 'kill' | 'restart';
  /** It first sees so many more events, if so many come. */
  readonly afterEvents: number;
}

/** The server ends, killed or in good order, and starts again on what it left. */
export class EndServer implements WorldCommand {
  readonly #plan: EndPlan;

  constructor(plan: EndPlan) {
    this.#plan = plan;
  }

  check(): boolean {
    return true;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { how, afterEvents } = this.#plan;
    const lives = model.living.flatMap(({ life }) => life ?? []);
    const witnesses = lives.map((life) => world.witness(life));
    const seen = () => witnesses.reduce((sum, witness) => sum + witness.seen.size, 0);
    const goal = seen() + afterEvents;
    const isQuiet = () => witnesses.every(({ story }) => story.isSettled((tag) => world.server.isOpen(tag)));
    // One that was unloaded may have a queue that nothing moves on: it is not waited for.
    const mayRest = lives.every(({ unloads }) => unloads === 0);
    if (mayRest) await world.until('more events, or none to come', () => seen() >= goal || isQuiet());
    const isInOrder = how === 'restart' && (await world.server.restart());
    if (how === 'kill') {
      await world.server.kill();
      await world.server.start();
    }
    for (const life of lives) life[isInOrder ? 'restarts' : 'kills'] += 1;
    world.note(`the server was ended: ${how}${how === 'restart' && !isInOrder ? ', and gave up' : ''}`);
    world.count(isInOrder ? 'restarts' : how === 'kill' ? 'kills' : 'restarts given up');
    await proveAllAccepted(world, model);
  }

  toString(): string {
    const { how, afterEvents } = this.#plan;
    return `${how}Server(after ${afterEvents} events)`;
  }
}
