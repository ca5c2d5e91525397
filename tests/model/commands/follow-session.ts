import type { FollowerKind } from '../clients/client-under-test.ts';
import type { Wish } from '../clients/follower-record.ts';
import type { SessionModel, WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';
import type { WorldCommand } from '../world-command.ts';

export interface FollowPlan {
  readonly client: number;
  readonly slot: number;
  readonly kind: FollowerKind;
  readonly from: Wish['from'];
  /** Which of the cursors that there are. */
  readonly number: number;
  readonly types: readonly string[] | undefined;
}

/** An event stream each, where a client has no WebSocket: more than four are refused. */
const MOST_FOLLOWERS = 4;
/** Beyond any log of these tests. */
const FAR = 1_000_000_000;

/** Begins to follow a session, from wherever and for whatever. */
export class FollowSession implements WorldCommand {
  readonly #plan: FollowPlan;

  constructor(plan: FollowPlan) {
    this.#plan = plan;
  }

  check(model: WorldModel): boolean {
    return model.living.length > 0 && model.clients > 0;
  }

  async run(model: WorldModel, world: World): Promise<void> {
    const { kind, slot } = this.#plan;
    const client = world.client(this.#plan.client);
    const session = model.pick(slot);
    if (session?.life === undefined) return;
    const { id: sessionId, life } = session;
    const isSeen = client.open.some((one) => one.kind === 'view' && one.sessionId === sessionId);
    if (client.open.length >= MOST_FOLLOWERS || (kind === 'view' && isSeen)) return;
    const wish = this.#wish(world, session);
    await client.follow({ sessionId, since: life.number, kind, wish });
    world.note(`${client.plan.name} follows ${sessionId} (${kind}) ${JSON.stringify(wish)}`);
    world.count(`follows: ${kind} ${wish.from}`);
  }

  toString(): string {
    const { client, slot, kind, from, number, types } = this.#plan;
    return `followSession(${client}, ${slot}, ${kind} from ${from} ${number}${types === undefined ? '' : `, ${types.join(' ')}`})`;
  }

  #wish(world: World, session: SessionModel): Wish {
    const { kind, from, number, types } = this.#plan;
    if (kind === 'view') return { from: 'snapshot' };
    // The SDK reads a log from its beginning or from a cursor.
    const begins: Wish = { from: kind === 'events' ? 'beginning' : 'snapshot', types };
    switch (from) {
      case 'snapshot':
        return begins;
      case 'now':
        return kind === 'events' ? begins : { from, types };
      case 'beginning':
        return { from, types };
      case 'known-cursor':
      case 'old-cursor': {
        const life = from === 'old-cursor' ? session.lives.at(-2) : session.life;
        const cursors = life === undefined ? [] : world.witness(life).reader.cursors;
        const cursor = cursors[number % cursors.length];
        return cursor === undefined ? begins : { from, cursor, types };
      }
      case 'ahead': {
        const cursor = session.life && world.witness(session.life).reader.cursors.at(-1);
        return cursor === undefined ? begins : { from, cursor: `${cursor.split('.')[0]}.${FAR}`, types };
      }
      case 'rubbish':
        return { from, cursor: 'rubbish', types };
      default:
        return from satisfies never;
    }
  }
}
