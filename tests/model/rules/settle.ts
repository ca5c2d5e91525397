import type { AnyEvent, SessionSnapshot } from '@perdure/protocol';
import type { Followed } from '../clients/client-under-test.ts';
import type { Follower } from '../clients/follower-record.ts';
import { lastingEvents } from './lasting-events.ts';
import type { SessionModel, WorldModel } from '../session-model.ts';
import type { World } from '../world.ts';

/** Every network is mended, and everything comes to rest: nothing happens any more until someone does something. */
export async function settle(world: World, model: WorldModel): Promise<void> {
  for (const client of world.clients) client.comeBack();
  await world.until('every outbox has sent all that it had', () =>
    world.clients.every((client) => client.stored().every(({ error }) => error !== undefined)),
  );
  for (const session of model.living) await settleSession(world, session);
  await followersArrive(world, model);
}

/** The runs of a session have ended, or wait to be told to go on. */
async function settleSession(world: World, { id, life }: SessionModel): Promise<void> {
  if (life === undefined) return;
  await world.server.load(id); // one that was unloaded goes on only when something wants it
  const { story, reader } = world.witness(life);
  const isSettled = () => story.isSettled((tag) => world.server.isOpen(tag));
  do {
    await world.until(`${id} comes to rest`, isSettled);
    const head = await headOf(world, id);
    await world.until(`the witness of ${id} is at ${head}`, () => reader.isAt(head));
  } while (!isSettled());
}

async function headOf(world: World, sessionId: string): Promise<number> {
  const { cursor } = await world.get<SessionSnapshot>(`/v1/sessions/${sessionId}`);
  return Number(cursor.split('.')[1]);
}

/** Who follows a session that is there knows all of it; who follows one that is gone was told. */
async function followersArrive(world: World, model: WorldModel): Promise<void> {
  for (const { id, life } of model.sessions) {
    const followed = world.clients
      .flatMap((client) => client.open)
      .filter(({ sessionId }) => sessionId === id);
    if (life === undefined) {
      for (const { follower } of followed)
        await world.until(`${follower.name} is told that ${id} is gone`, () => follower.end !== undefined);
      continue;
    }
    const head = await headOf(world, id);
    const { seen } = world.witness(life);
    for (const one of followed)
      await world.until(`${one.follower.name} knows all of ${id} up to ${head}`, () =>
        knowsAll(one, head, seen),
      );
  }
}

function knowsAll({ follower }: Followed, head: number, seen: ReadonlyMap<number, AnyEvent>): boolean {
  return follower.end !== undefined || (follower.isAt(head) ?? knowsLast(follower, seen));
}

/** One that does not see all is there when it has seen the last of what it asked for. */
function knowsLast({ wish, stretches }: Follower, seen: ReadonlyMap<number, AnyEvent>): boolean {
  const { start, events } = stretches.at(-1) ?? {};
  if (start === undefined) return false;
  const last = lastingEvents(seen.values()).findLast(({ type }) => wish.types?.includes(type))?.seq ?? 0;
  return last <= start || (events?.at(-1)?.seq ?? 0) >= last;
}
