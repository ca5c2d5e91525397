import { isDeepStrictEqual } from 'node:util';
import type { AnyEvent, Block, RunState } from '@perdure/protocol';
import type { WorldModel } from '../session-model.ts';
import { Violation, type World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface ReadPlan {
  readonly slot: number;
  readonly what: 'events' | 'blocks' | 'runs';
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

/** Reads a log page by page while it is written: in order, nothing twice, and nothing that anyone saw otherwise. */
export class ReadPages implements WorldCommand {
  readonly #plan: ReadPlan;

  constructor(plan: ReadPlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { slot, what, limit, order } = this.#plan;
    const session = model.pick(slot);
    if (session?.life === undefined) return;
    const { id, life } = session;
    const path = `/v1/sessions/${id}/${what}?limit=${limit}`;
    if (what === 'runs') {
      const runs = await world.pages<RunState>(path);
      return refuseRepeated(runs.map(({ runId }) => runId));
    }
    if (what === 'blocks') {
      const blocks = await world.pages<Block>(`${path}&order=${order}`);
      return refuseDisorder(
        blocks.map(({ seq }) => seq ?? 0),
        order,
      );
    }
    const events = await world.pages<AnyEvent>(`${path}&order=${order}`);
    refuseDisorder(
      events.map(({ seq }) => seq),
      order,
    );
    const { seen } = world.witness(life);
    const other = events.find((event) => !isDeepStrictEqual(seen.get(event.seq) ?? event, event));
    if (other !== undefined) throw new Violation(`event ${other.seq} of ${id} is another in pages`);
  }

  toString(): string {
    const { slot, what, limit, order } = this.#plan;
    return `readPages(${slot}, ${what} by ${limit}, ${order})`;
  }
}

function refuseRepeated(ids: readonly string[]): void {
  if (new Set(ids).size < ids.length) throw new Violation(`something is in two pages: ${ids.join(', ')}`);
}

function refuseDisorder(places: readonly number[], order: 'asc' | 'desc'): void {
  const sorted = [...new Set(places)].sort((a, b) => (order === 'asc' ? a - b : b - a));
  if (!isDeepStrictEqual(sorted, places)) throw new Violation(`pages came in the order ${places.join(', ')}`);
}
