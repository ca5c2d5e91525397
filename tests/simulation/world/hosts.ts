// H1. One host is meant to serve at a time; another takes its place when it is gone or seems to be.
// H2. One that comes back to find its place taken is ended soon, but not at once: until then the store has to keep it out.
import type { SeededRandom } from '../../support/seeded-random.ts';
import { simulatedAgent } from '../server/simulated-agent.ts';
import { SimulatedServer } from '../server/simulated-server.ts';
import { type DiskWork, SimulatedSessionStore } from '../simulated-session-store.ts';
import { serverClock, idSource } from '../time/process-clocks.ts';
import { SimProcess } from '../time/sim-process.ts';
import { Incarnation } from './incarnation.ts';
import type { World } from './world.ts';

export class Hosts {
  readonly living = new Set<Incarnation>();
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #ids: ReturnType<typeof idSource>;
  readonly #reads: SeededRandom;
  #count = 0;
  /** The one that serves. */
  #active: Incarnation | undefined;
  #boot: (() => void) | undefined;
  wallOffsetMs = 0;
  slowUntilMs = 0;

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.#ids = idSource(random.fork('ids'));
    this.#reads = random.fork('reads');
  }

  get active(): Incarnation | undefined {
    return this.#active?.isReady === true ? this.#active : undefined;
  }

  /** Boots another host; what served before does not any more, whatever it is up to. */
  boot(): void {
    this.#boot?.();
    this.#boot = undefined;
    const world = this.#world;
    this.#count += 1;
    const name = `host-${this.#count}`;
    const process = new SimProcess(name);
    process.wallOffsetMs = this.wallOffsetMs;
    const { disk, time, plan } = world;
    const store = new SimulatedSessionStore({
      ...{ disk, name, random: this.#random.next },
      later: (work, done) => this.#later(process, work, done),
      seesAtOnce: () => plan.hasOvertakenReads && this.#reads.chance(0.5),
    });
    const agent = simulatedAgent({
      random: world.agentRandom,
      get startFaultRate() {
        return world.isHealed ? 0 : plan.startFaultRate;
      },
      get neverStarts() {
        return world.isRecovering;
      },
      wait: (ms) => new Promise((resolve) => void time.at(ms, process, 'agent goes on', resolve)),
      crash: () => {
        if (!world.isHealed) time.at(0, time.world, `agent crashes ${name}`, () => this.crash(incarnation));
      },
      reached: (what) => world.reached(what),
      began: (runId) => world.agentCheck.began(runId),
      said: (runId, type, payload) => world.agentCheck.said(runId, type, payload),
      flushed: ({ tenantId, sessionId }, runId) => {
        world.reached('agent flushed');
        world.agentCheck.flushed(world.ledger, { tenantId, sessionId, runId });
      },
    });
    const server = new SimulatedServer({
      ...{ name, process, store, world, authenticator: world.authenticator, ids: this.#ids },
      clock: serverClock(time, process),
      agents: new Map([['writer', agent]]),
      hub: {
        maxFrameBytes: plan.maxFrameBytes,
        sessionRingBytes: plan.ringBytes,
        ringLingerMs: plan.ringLingerMs,
        idleSeqs: plan.idleSeqs,
        idleMs: plan.idleMs,
      },
      retention: plan.keepEvents === undefined ? undefined : { keepEvents: plan.keepEvents },
      limits: {
        sessionQueuedMessages: plan.queuedMessages,
        sessionFollowersPerPrincipal: plan.followersPerPrincipal,
        principalCommandsPer10s: 30,
      },
    });
    const incarnation = new Incarnation({ name, process, store, server });
    this.living.add(incarnation);
    this.#active = incarnation;
    world.booted(name);
    world.note(`${name} boots`);
    server.life.start().then(
      () => {
        incarnation.isReady = true;
      },
      (error: unknown) => world.fail('I16', `${name} could not start: ${String(error)}.`),
    );
  }

  /** As a power cut or a kill does it. */
  crash(incarnation: Incarnation): void {
    if (incarnation.isDead) return;
    this.#world.reached('host crash');
    this.#world.note(`${incarnation.name} crashes`);
    this.#end(incarnation, () => this.#random.chance(0.7));
    this.#bootSoon();
  }

  /** Ends in order, as on a signal. */
  shutdown(incarnation: Incarnation): void {
    if (incarnation.isDead || incarnation.server.life.phase !== 'ready') return;
    const { time } = this.#world;
    this.#world.note(`${incarnation.name} shuts down`);
    incarnation.server.life.shutdown(this.#random.pick([2_000, 25_000])).then(
      () =>
        time.at(0, time.world, `${incarnation.name} is down`, () => {
          if (incarnation.isDead) return;
          this.#world.reached('host shut down');
          this.#world.hostStopped(incarnation);
          this.#end(incarnation, () => true);
          this.#bootSoon();
        }),
      (error: unknown) =>
        this.#world.fail('I16', `${incarnation.name} could not shut down: ${String(error)}.`),
    );
  }

  /** Stops it for so long that another takes its place, and lets it come back. */
  freeze(incarnation: Incarnation, ms: number): void {
    const { time, network } = this.#world;
    this.#world.note(`${incarnation.name} freezes for ${ms} ms`);
    time.freeze(incarnation.process, ms);
    if (this.#random.chance(0.7))
      time.at(this.#random.below(ms), time.world, 'another takes over', () => {
        if (!this.#world.isHealed) this.boot();
      });
    // The clients' pings are not answered.
    for (const wire of network.openWires())
      if (wire.server === incarnation.process && ms > 20_000) wire.sever({ client: false, server: false });
    time.at(
      ms + 500 + this.#random.below(8_000),
      time.world,
      'the one whose place was taken is ended',
      () => {
        if (incarnation !== this.#active && !incarnation.isDead) this.#end(incarnation, () => true);
      },
    );
  }

  /** All at once, as for a restore. */
  stopAll(): void {
    this.#boot?.();
    this.#boot = undefined;
    for (const incarnation of [...this.living]) this.#end(incarnation, () => true);
  }

  /** Whoever served before a take-over goes, and the disk is whole and quick. */
  heal(): void {
    this.slowUntilMs = 0;
    for (const incarnation of [...this.living]) {
      incarnation.store.repair();
      this.#world.time.thaw(incarnation.process);
      if (incarnation !== this.#active) this.#end(incarnation, () => true);
    }
    if (this.#active === undefined || this.#active.isDead) this.boot();
  }

  #end(incarnation: Incarnation, isTold: () => boolean): void {
    if (incarnation.isDead) return;
    const { time, network } = this.#world;
    this.living.delete(incarnation);
    incarnation.store.crash();
    time.kill(incarnation.process);
    network.severWiresOf(incarnation.process, isTold);
    incarnation.dies();
  }

  #bootSoon(): void {
    if (this.#active !== undefined && !this.#active.isDead) return;
    const { time } = this.#world;
    this.#boot?.();
    this.#boot = time.at(50 + this.#random.below(3_000), time.world, 'boot', () => this.boot());
  }

  #read(process: SimProcess, done: () => void): void {
    const { time, plan } = this.#world;
    if (plan.hasOvertakenReads && this.#reads.chance(0.1))
      time.at(this.#reads.next() * 100, process, 'disk read', done);
    else if (plan.hasSlowReads) time.at(this.#random.next() * 4, process, 'disk read', done);
    else done();
  }

  #later(process: SimProcess, work: DiskWork, done: () => void): void {
    const { time, plan } = this.#world;
    const slowMs = time.nowMs < this.slowUntilMs ? this.#random.below(4_000) : 0;
    switch (work) {
      case 'fsync':
        // The disk goes on while the process is frozen.
        time.at(this.#random.next() * plan.fsyncMs + slowMs, time.world, 'disk fsync', done);
        return;
      case 'answer':
        if (process.frozenUntilMs > time.nowMs || slowMs > 0)
          time.at(slowMs / 2, process, 'disk answer', done);
        else done();
        return;
      case 'reopen':
        time.at(1 + this.#random.below(20), process, 'disk reopen', done);
        return;
      case 'read':
        this.#read(process, done);
    }
  }
}
