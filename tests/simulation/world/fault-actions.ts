import type { SeededRandom } from '../../support/seeded-random.ts';
import type { DiskImage } from '../disk/disk-image.ts';
import type { Fault } from './plan.ts';
import type { World } from './world.ts';

/** What goes wrong from outside, once for each call. */
export class FaultActions {
  readonly #world: World;
  readonly #random: SeededRandom;
  #backup: DiskImage | undefined;

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
  }

  happen(fault: Fault): void {
    const world = this.#world;
    if (world.isHealed) return;
    const { hosts, network, time } = world;
    const random = this.#random;
    const active = hosts.active;
    const wires = network.openWires();
    const wire = wires.length === 0 ? undefined : random.pick(wires);
    const machine = random.pick(world.machines);
    world.note(`fault: ${fault}`);
    switch (fault) {
      case 'crash':
        if (active !== undefined) hosts.crash(active);
        return;
      case 'shutdown':
        if (active !== undefined) hosts.shutdown(active);
        return;
      case 'freeze':
        if (active !== undefined) hosts.freeze(active, 1_000 + random.below(30_000));
        return;
      case 'wall-jump':
        hosts.wallOffsetMs += (random.next() - 0.5) * 4 * 3_600_000;
        hosts.wallOffsetMs = Math.round(hosts.wallOffsetMs);
        for (const { process } of hosts.living) process.wallOffsetMs = hosts.wallOffsetMs;
        return;
      case 'unload':
        if (active !== undefined) world.unload(active, machine);
        return;
      case 'recreate':
        world.recreate(machine, random.pick(world.sessionIds), random.below(2_000));
        return;
      case 'audit':
        world.audit(random);
        return;
      case 'restore':
        this.#restore();
        return;
      case 'disk-failure':
        if (active === undefined) return;
        this.#breakDisk(active.store);
        // A deletion, and then a creation, of which nobody can say whether they were written.
        if (random.chance(0.35)) world.recreate(machine, random.pick(world.sessionIds), random.below(4_000));
        return;
      case 'disk-slow':
        hosts.slowUntilMs = time.nowMs + random.below(8_000);
        return;
      case 'cut':
        wire?.sever({ client: true, server: true });
        return;
      case 'half-open':
        if (wire !== undefined) world.reached('half-open');
        wire?.sever(
          random.pick([
            { client: false, server: true },
            { client: true, server: false },
            { client: false, server: false },
          ]),
        );
        return;
      case 'stall':
        if (wire === undefined) return;
        wire.stall();
        time.at(random.pick([2_000, 14_000, 30_000]), time.world, 'unstall', () => wire.unstall());
        return;
      case 'late-link':
        if (wire === undefined) return;
        wire.deliversLate = true;
        world.reached('late old link');
        machine.client.reconnect();
        return;
      case 'cut-short':
        wire?.spoilNextFrame('cut-short');
        return;
      case 'frame-lost':
        wire?.spoilNextFrame('lost');
        return;
      case 'revoke':
        machine.revoke();
        return;
      case 'mismatch':
        network.refusal = 4009;
        time.at(random.below(10_000), machine.process, 'people connect again', () => {
          for (const other of world.machines)
            if (other.client.connection.get().status === 'failed') other.client.reconnect();
        });
        return;
      case 'reload':
        machine.reload();
        return;
      case 'rest':
        return; // by rate
      default:
        fault satisfies never;
    }
  }

  #breakDisk(store: { breakDown(failure: { writes: 'none' | 'some' | 'all' }): void; repair(): void }): void {
    const random = this.#random;
    store.breakDown({ writes: random.pick(['none', 'some', 'all'] as const) });
    const { time } = this.#world;
    time.at(200 + random.below(9_000), time.world, 'the disk is repaired', () => store.repair());
  }

  /** The first time keeps a copy, the next brings it back. */
  #restore(): void {
    const { disk, hosts, time, isHealed } = this.#world;
    if (isHealed) return;
    if (this.#backup === undefined) {
      this.#backup = disk.copy();
      time.at(500 + this.#random.below(10_000), time.world, 'restore', () => this.#restore());
      return;
    }
    hosts.stopAll();
    disk.restore(this.#backup);
    this.#backup = undefined;
    this.#world.reached('older database restored');
    hosts.boot();
  }
}
