import { type AnyEvent, isOpenRun, type Page, type RunState } from '@perdure/protocol';
import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

/** More than any run takes that nothing keeps from ending. */
const WAIT_SECONDS = 20;

/** Waits as clients do until the open run has ended; what is told then is the end of it. */
export class WaitForRun implements WorldCommand {
  readonly #slot: number;

  constructor(slot: number) {
    this.#slot = slot;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const session = model.pick(this.#slot);
    if (session?.life === undefined) return;
    const run = world.witness(session.life).story.openRun;
    if (run === undefined) return;
    const { runId, script } = run;
    const waits = script.steps.some(({ kind }) => kind === 'wait') && !world.server.isOpen(script.tag);
    if (waits && run.status === 'running') return;
    const ended = await world.get<RunState>(`/v1/sessions/${session.id}/runs/${runId}?wait=${WAIT_SECONDS}`);
    if (isOpenRun(ended))
      throw new Violation(`run ${runId} ("${script.tag}") does not end: it is ${ended.status}`);
    world.note(`${script.tag} is ${ended.status}`);
    world.count(`runs ${ended.status}`);
    const path = `/v1/sessions/${session.id}/events?types=run%3A${ended.status}&order=desc&limit=1`;
    const last = (await world.get<Page<AnyEvent>>(path)).items[0];
    const isThere = last !== undefined && last.seq >= (ended.endSeq ?? 0);
    if (!isThere)
      throw new Violation(
        `run ${runId} is ${ended.status} at ${ended.endSeq}, the log has ${JSON.stringify(last)}`,
      );
  }

  toString(): string {
    return `waitForRun(${this.#slot})`;
  }
}
