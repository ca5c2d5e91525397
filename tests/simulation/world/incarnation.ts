import type { SimulatedServer } from '../server/simulated-server.ts';
import type { SimulatedSessionStore } from '../simulated-session-store.ts';
import type { SimProcess } from '../time/sim-process.ts';

/** One life of a host, from its boot to its death. */
export class Incarnation {
  readonly name: string;
  readonly process: SimProcess;
  readonly store: SimulatedSessionStore;
  readonly server: SimulatedServer;
  readonly #deaths = new Set<() => void>();
  /** It takes the place of none and none takes its: clients may come. */
  isReady = false;
  isDead = false;

  constructor(parts: {
    readonly name: string;
    readonly process: SimProcess;
    readonly store: SimulatedSessionStore;
    readonly server: SimulatedServer;
  }) {
    this.name = parts.name;
    this.process = parts.process;
    this.store = parts.store;
    this.server = parts.server;
  }

  /** Calls the listener when it dies; the returned function calls that off. */
  onDeath(listener: () => void): () => void {
    this.#deaths.add(listener);
    return () => this.#deaths.delete(listener);
  }

  dies(): void {
    this.isDead = true;
    this.isReady = false;
    for (const listener of [...this.#deaths]) listener();
    this.#deaths.clear();
  }
}
