// N1. A request that is done is done once for each time that it arrives; its answer may be lost.
// N2. When a server dies, whoever waits for it is told, or waits until their own patience ends.
import { PerdureError } from '@perdure/protocol';
import type { FollowLink, LinkEvents } from '../../../packages/client-sdk/src/connection/follow-link.ts';
import { errorOfClose } from '../../../packages/client-sdk/src/connection/link-loss.ts';
import type { Caller } from '../../../packages/server/src/transport/caller.ts';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { openSimulatedLink } from '../client/simulated-link.ts';
import { answerRequest } from '../server/answer-request.ts';
import { ServerConnection } from '../server/server-connection.ts';
import type { SimProcess } from '../time/sim-process.ts';
import type { RestAnswer, RestRequest } from '../wire/rest-messages.ts';
import { type FrameFault, Wire } from '../wire/wire.ts';
import type { Incarnation } from './incarnation.ts';
import type { World } from './world.ts';

/** From the first unanswered ping to the end of the wait for its answer. */
const HEARTBEAT_MS = { least: 20_000, most: 40_000 };

/** Who is at a client's end of the network. */
export interface NetworkUser {
  readonly name: string;
  readonly process: SimProcess;
  frameSpoiled(fault: FrameFault): void;
}

/** Brings requests and wires from clients to the server that is there. */
export class Network {
  readonly wires = new Set<Wire>();
  /** No request is lost and no wire refused any more. */
  isHealed = false;
  /** The next wire is refused with this close code. */
  refusal: number | undefined;
  /** The next wire that a client closes delivers late. */
  deliversLate = false;
  readonly #world: World;
  readonly #random: SeededRandom;
  #lastWire = 0;

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
  }

  readonly latencyMs = (): number => this.#random.next() * this.#world.plan.latencyMs;

  readonly #heartbeatMs = (): number =>
    HEARTBEAT_MS.least + this.#random.next() * (HEARTBEAT_MS.most - HEARTBEAT_MS.least);

  /** Opens a wire to the server that is there; it may turn out that there is none. */
  openLink(user: NetworkUser, token: string | undefined, events: LinkEvents): FollowLink {
    const { time } = this.#world;
    const host = this.#world.hosts.active;
    const refusal = this.#takeRefusal(token);
    if (host === undefined || host.server.life.isDraining || refusal !== undefined) {
      if (refusal !== undefined) this.#world.reached(`close ${refusal}`);
      return refusedLink(() =>
        time.at(this.latencyMs() + 1, user.process, 'refused', () =>
          events.lost(errorOfClose(refusal ?? 1006)),
        ),
      );
    }
    const { server } = host;
    this.#lastWire += 1;
    const wire = new Wire({
      ...{
        name: `${user.name}~${host.name}/${this.#lastWire}`,
        time,
        client: user.process,
        server: server.process,
      },
      ...{ latencyMs: this.latencyMs, heartbeatMs: this.#heartbeatMs },
    });
    wire.onFrameFault = (fault) => user.frameSpoiled(fault);
    wire.deliversLate = this.deliversLate;
    this.deliversLate = false;
    this.wires.add(wire);
    const caller = this.#callerOf(token);
    const connection = new ServerConnection({
      wire,
      server,
      caller,
      highWaterBytes: this.#world.plan.highWaterBytes,
    });
    server.connections.add(connection);
    return openSimulatedLink(wire, events);
  }

  /** A `fetch` that goes over this network. */
  fetchOf(user: NetworkUser): typeof globalThis.fetch {
    return (url, init = {}) => {
      const headers = (init.headers ?? {}) as Readonly<Record<string, string>>;
      const request: RestRequest = {
        method: init.method ?? 'GET',
        target: String(url).replace('http://perdure.test', ''),
        token: headers['authorization']?.replace('Bearer ', ''),
        protocol: headers['perdure-protocol'],
        body: typeof init.body === 'string' ? init.body : null,
      };
      return this.#exchange(user, request, init.signal ?? undefined);
    };
  }

  /** The wires of a process are severed as it dies; each client is told at once or notices later. */
  severWiresOf(process: SimProcess, isTold: () => boolean): void {
    for (const wire of this.wires) {
      if (wire.server !== process && wire.client !== process) continue;
      wire.sever({
        client: wire.client !== process && isTold(),
        server: wire.server !== process && isTold(),
      });
      this.wires.delete(wire);
    }
  }

  heal(): void {
    this.isHealed = true;
    this.refusal = undefined;
    for (const wire of this.wires) {
      wire.unstall();
      wire.spoilNextFrame(undefined);
    }
  }

  openWires(): Wire[] {
    for (const wire of this.wires) if (!wire.isOpen) this.wires.delete(wire);
    return [...this.wires];
  }

  #takeRefusal(token: string | undefined): number | undefined {
    if (!this.#world.authenticator.look(token).ok) return 4001;
    const { refusal } = this;
    this.refusal = undefined;
    return refusal;
  }

  #callerOf(token: string | undefined): Caller {
    return { authentication: this.#world.authenticator.look(token), protocol: undefined };
  }

  #exchange(user: NetworkUser, request: RestRequest, signal: AbortSignal | undefined): Promise<Response> {
    const { time, plan } = this.#world;
    const { random, isFaulty } = { random: this.#random, isFaulty: !this.isHealed };
    return new Promise((resolve, reject) => {
      let isOver = false;
      const settle = (run: () => void) => {
        if (isOver) return;
        isOver = true;
        run();
      };
      const fail = () => settle(() => reject(new TypeError('fetch failed')));
      signal?.addEventListener('abort', () => settle(() => reject(signal.reason)), { once: true });
      const isHit = (of: number) => isFaulty && random.chance(plan.restFaultRate * of);
      if (isHit(0.3)) {
        this.#world.reached('request lost');
        if (random.chance(0.5)) time.at(this.latencyMs() + 1, user.process, 'request lost', fail);
        return;
      }
      const times = isHit(0.3) ? 2 : 1;
      if (times === 2) this.#world.reached('request sent twice');
      const isAnswerLost = isHit(0.5);
      const host = this.#world.hosts.active;
      if (host === undefined) {
        time.at(this.latencyMs() + 1, user.process, 'nobody answers', fail);
        return;
      }
      const forget = host.onDeath(() => void time.at(this.latencyMs() + 1, user.process, 'reset', fail));
      const answered = (answer: RestAnswer) => {
        forget();
        if (isAnswerLost) this.#world.reached('answer lost');
        if (isAnswerLost && random.chance(0.5)) fail();
        if (!isAnswerLost) settle(() => resolve(responseOf(answer)));
      };
      const label = `request ${request.method} ${request.target.slice(0, 60)}`;
      const delayMs = this.latencyMs();
      time.at(delayMs, host.process, label, () => this.#arrive(user, request, host, answered));
      if (times === 1 && !isFaulty) return;
      // A proxy that repeats it may send it to one whose place was taken, too.
      const twins = [...this.#world.hosts.living].filter((other) => other !== host && other.isReady);
      const twin = twins.length > 0 && random.chance(0.5) ? random.pick(twins) : undefined;
      if (twin !== undefined) this.#world.reached('request to two hosts');
      const other = twin ?? (times === 2 ? host : undefined);
      const lateMs = twin === undefined || random.chance(0.3) ? random.next() * 2_000 : 0;
      if (other !== undefined)
        time.at(delayMs + lateMs, other.process, label, () => this.#arrive(user, request, other, answered));
    });
  }

  #arrive(
    user: NetworkUser,
    request: RestRequest,
    host: Incarnation,
    done: (answer: RestAnswer) => void,
  ): void {
    const { time } = this.#world;
    const caller: Caller = { ...this.#callerOf(request.token), protocol: request.protocol };
    answerRequest(host.server, request, caller, this.#world.requestWatch).then(
      (answer) => {
        time.at(this.latencyMs(), user.process, `answer ${answer.status}`, () => {
          this.#world.answerArrived(user.name, answer);
          done(answer);
        });
      },
      (error: unknown) => this.#world.fail('I16', `A request was not answered: ${String(error)}.`),
    );
  }
}

function refusedLink(refuse: () => () => void): FollowLink {
  const callOff = refuse();
  return { follow: () => () => {}, close: callOff };
}

/** As much of a response as the client reads. */
function responseOf({ status, headers, body }: RestAnswer): Response {
  const text = async () => body;
  return {
    ok: status < 300,
    status,
    headers: { get: (name: string) => headers[name] ?? null },
    text,
    json: async () => {
      try {
        return JSON.parse(body) as unknown;
      } catch {
        throw new PerdureError('internal', 'The answer is not JSON.');
      }
    },
  } as unknown as Response;
}
