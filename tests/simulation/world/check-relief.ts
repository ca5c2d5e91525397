// I13 What a host wrote is told to those who follow, also where its disk failed and nobody could say whether it was written:
// soon after the relief, and not with the next event.
import type { Incarnation } from './incarnation.ts';
import type { World } from './world.ts';

/** Each session that the failure cut off is read anew, and some write the end of a run. */
const SOON_MS = 3_000;

/** To be called as a host can write again. */
export function checkRelief(world: World, { name, process, server, store }: Incarnation): void {
  const { time, ledger, hosts } = world;
  const { nowMs: reliefMs } = time;
  const { failures } = store;
  const { freezes } = process;
  const isSlow = () => hosts.slowUntilMs > reliefMs;
  const wasSlow = isSlow();
  const heads = [...ledger.sessions.values()].map((session) => ({ session, head: session.head }));
  time.at(SOON_MS, process, 'all is told', () => {
    if (wasSlow || isSlow() || process.freezes > freezes) return;
    if (store.failures > failures || server.life.isDraining) return;
    for (const { session, head } of heads) {
      if (session.isDeleted || session.lastWriter !== name) continue;
      const [place] = server.laggingOf(session.key, head);
      if (place !== undefined)
        world.fail('I13', `${name} wrote ${session.id} up to ${head}, and left one who follows at ${place}.`);
    }
  });
}
