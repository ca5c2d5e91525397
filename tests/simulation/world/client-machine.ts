import type { ClientStorage } from '../../../packages/client-sdk/src/storage/client-storage.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { SimulatedClient } from '../client/simulated-client.ts';
import { clientClock } from '../time/process-clocks.ts';
import { SimProcess } from '../time/sim-process.ts';
import type { NetworkUser } from './network.ts';
import type { FrameFault } from '../wire/wire.ts';
import type { World } from './world.ts';

/** A person's browser: a client over all its reloads, with the storage that outlives them. */
export class ClientMachine {
  readonly name: string;
  readonly tenantId: string;
  readonly principalId: string;
  readonly random: SeededRandom;
  readonly #world: World;
  readonly #stored = new Map<string, string>();
  #life = 0;
  #tokens = 0;
  #process: SimProcess;
  #client: SimulatedClient;
  /** Sessions that are on the screen, with what takes them off it. */
  readonly views = new Map<string, () => void>();
  /** What else it does until it is reloaded or closed. */
  readonly #doings = new Set<AbortController>();
  #hasLostFrame = false;

  constructor(
    world: World,
    options: { name: string; tenantId: string; principalId: string; random: SeededRandom },
  ) {
    this.#world = world;
    this.name = options.name;
    this.tenantId = options.tenantId;
    this.principalId = options.principalId;
    this.random = options.random;
    this.#process = new SimProcess(options.name);
    this.#client = this.#start();
  }

  get client(): SimulatedClient {
    return this.#client;
  }

  get process(): SimProcess {
    return this.#process;
  }

  get token(): string {
    return `${this.tenantId}/${this.principalId}/${this.name}-${this.#tokens}`;
  }

  /** The credential is taken back; the next one that is asked for is good. */
  revoke(): void {
    const { token } = this;
    this.#tokens += 1;
    this.#world.authenticator.revoke(token);
  }

  /** The page is loaded anew: its memory is lost, its storage is not. */
  reload(): void {
    this.#world.reached('client reload');
    this.#stop();
    this.#client = this.#start();
  }

  /** Ends it in order; what is left of it then is a leak. */
  close(): void {
    this.leaveAll();
    this.#client.close();
  }

  look(id: string): void {
    if (this.views.has(id)) return;
    const session = this.#client.session(id);
    const memory = this.#client.memoryOf(id);
    const check = () => this.#world.eventTold;
    const ends = [
      session.subscribe(() => undefined),
      session.onEvent((event) => check()(this, id, memory, event)),
    ];
    this.views.set(id, () => {
      for (const end of ends) end();
    });
  }

  leave(id: string): void {
    this.views.get(id)?.();
    this.views.delete(id);
  }

  /** A signal that aborts when this life ends. */
  doing(): AbortController {
    const doing = new AbortController();
    this.#doings.add(doing);
    doing.signal.addEventListener('abort', () => this.#doings.delete(doing), { once: true });
    return doing;
  }

  leaveAll(): void {
    for (const id of [...this.views.keys()]) this.leave(id);
    for (const doing of [...this.#doings]) doing.abort();
  }

  #start(): SimulatedClient {
    const world = this.#world;
    this.#life += 1;
    this.#hasLostFrame = false;
    const process = new SimProcess(`${this.name}.${this.#life}`);
    this.#process = process;
    const user: NetworkUser = {
      name: process.name,
      process,
      frameSpoiled: (fault: FrameFault) => {
        world.reached(`frame ${fault}`);
        if (fault === 'lost') this.#hasLostFrame = true;
      },
    };
    return new SimulatedClient({
      ...{ name: process.name, tenantId: this.tenantId, check: world.clientCheck, keepBlocks: 500 },
      ports: {
        clock: clientClock(world.time, process, this.random.fork(`clock ${this.#life}`)),
        storage: this.#storage(),
        fetch: world.network.fetchOf(user),
        token: () => this.token,
        openLink: (token, events) => world.network.openLink(user, token, events),
        hasLostFrame: () => this.#hasLostFrame,
      },
    });
  }

  #stop(): void {
    const { time, network } = this.#world;
    time.kill(this.#process);
    network.severWiresOf(this.#process, () => this.random.chance(0.8));
    this.views.clear();
    this.#doings.clear();
  }

  #storage(): ClientStorage {
    return {
      getItem: (key) => this.#stored.get(key) ?? null,
      setItem: (key, value) => void this.#stored.set(key, value),
      removeItem: (key) => void this.#stored.delete(key),
    };
  }
}
