import { type AnyEvent, type FollowFrame, type FollowInput, parseCursor } from '@perdure/protocol';
import type { Principal } from '../../../packages/server/src/access/principal.ts';
import { type SeededRandom, seededRandom } from '../../support/seeded-random.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { AgentCheck } from '../oracle/check-agents.ts';
import { AnswerCheck } from '../oracle/check-answers.ts';
import { ClientCheck, type ClientMemory } from '../oracle/check-client.ts';
import { CommandCheck } from '../oracle/check-commands.ts';
import { checkControl } from '../oracle/check-control.ts';
import { FrameCheck, type WatchedSubscription } from '../oracle/check-frames.ts';
import { checkLog, EXTERNAL_WRITER } from '../oracle/check-log.ts';
import { OutboxCheck } from '../oracle/check-outbox.ts';
import { Ledger } from '../oracle/ledger.ts';
import type { Violation } from '../oracle/violation.ts';
import type { RequestWatch } from '../server/answer-request.ts';
import type { ServerWorld } from '../server/server-world.ts';
import { SimulatedAuthenticator } from '../server/simulated-authenticator.ts';
import type { SimulatedServer } from '../server/simulated-server.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import type { RestAnswer } from '../wire/rest-messages.ts';
import { auditWrite } from './audit-write.ts';
import { checkRelief } from './check-relief.ts';
import { ClientActions } from './client-actions.ts';
import { ClientMachine } from './client-machine.ts';
import { Hosts } from './hosts.ts';
import type { Incarnation } from './incarnation.ts';
import { Network } from './network.ts';
import type { Plan } from './plan.ts';
import { watchEvents } from './reached-events.ts';
import { watchRequests } from './request-watch.ts';
import { Trace } from './trace.ts';

const TENANTS = ['tenant-a', 'tenant-b'] as const;
const CANARIES = { 'tenant-a': 'canary-amber', 'tenant-b': 'canary-birch' } as const;
/** In what is the server's alone. */
export const SERVER_CANARY = 'canary-server';
/** Cursors that were right once, kept to be used again. */
const MOST_CURSORS = 60;

/** One seed's world: processes, disk and network, and those who watch it all. */
export class World implements ServerWorld {
  readonly plan: Plan;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly disk: SimulatedDisk;
  readonly ledger: Ledger;
  readonly hosts: Hosts;
  readonly network: Network;
  readonly authenticator = new SimulatedAuthenticator();
  readonly machines: readonly ClientMachine[];
  /** Of the first tenant, and owner of nothing. */
  readonly stranger: ClientMachine;
  readonly actions: ClientActions;
  readonly sessionIds: readonly string[];
  readonly agentRandom: SeededRandom;
  readonly clientCheck: ClientCheck;
  readonly commandCheck: CommandCheck;
  readonly agentCheck: AgentCheck;
  readonly outboxCheck: OutboxCheck;
  readonly answerCheck: AnswerCheck;
  readonly requestWatch: RequestWatch;
  readonly reachedHere = new Map<string, number>();
  readonly runGraceMs: number;
  /** Nothing goes wrong any more. */
  isHealed = false;
  /** Only recoveries are looked at any more. */
  isRecovering = false;
  violation: Violation | undefined;
  readonly #frames: FrameCheck;
  readonly #cursors: string[] = [];
  readonly #idRandom: SeededRandom;
  readonly #bootedAt = new Map<string, number>();

  constructor(plan: Plan, options: { readonly keepsTrace: boolean }) {
    const random = (name: string) => seededRandom(plan.seed, name);
    this.plan = plan;
    this.runGraceMs = plan.runGraceMs;
    this.trace = new Trace({ keepsAll: options.keepsTrace });
    this.time = new VirtualTime({
      random: random('time'),
      jitterMs: plan.jitterMs,
      onTask: (task) => this.trace.task(task),
    });
    this.commandCheck = new CommandCheck(this.fail);
    this.agentCheck = new AgentCheck(this.fail);
    this.outboxCheck = new OutboxCheck(this.fail, (commandId) => this.#hasFailed(commandId));
    this.ledger = new Ledger([
      checkLog(this.fail),
      checkControl(this.fail),
      this.commandCheck,
      this.agentCheck,
      this.outboxCheck,
      watchEvents(this),
    ]);
    this.disk = new SimulatedDisk({
      random: random('disk').next,
      sessionLogBytes: plan.sessionLogBytes,
      sliceRows: plan.sliceRows,
    });
    this.disk.observer = this.ledger;
    this.#frames = new FrameCheck(this.ledger, this.fail);
    this.clientCheck = new ClientCheck(this.ledger, this.fail);
    this.answerCheck = new AnswerCheck(this.ledger, this.fail);
    this.requestWatch = watchRequests(this);
    this.agentRandom = random('agents');
    this.#idRandom = random('commands');
    this.hosts = new Hosts(this, random('hosts'));
    this.network = new Network(this, random('network'));
    this.sessionIds = Array.from({ length: plan.sessions }, (_, index) => `s${index + 1}`);
    this.actions = new ClientActions(this);
    this.machines = Array.from(
      { length: plan.clients },
      (_, index) =>
        new ClientMachine(this, {
          name: `client-${index + 1}`,
          tenantId: TENANTS[index % 2] as string,
          principalId: index % 2 === 0 ? 'ann' : 'bob',
          random: random(`client ${index}`),
        }),
    );
    const eve = { name: 'stranger', tenantId: TENANTS[0], principalId: 'eve', random: random('stranger') };
    this.stranger = new ClientMachine(this, eve);
  }

  readonly fail = (invariant: string, sentence: string): undefined => {
    if (this.violation !== undefined) return;
    const { nowMs: atMs, steps: step } = this.time;
    this.violation = { invariant, sentence, atMs, step };
    this.note(`VIOLATION of ${invariant}: ${sentence}`);
  };

  #hasFailed(commandId: string): boolean {
    return this.machines.some(({ client }) =>
      client.sessions
        .all()
        .some(({ outbox }) =>
          outbox.entries.some((entry) => entry.commandId === commandId && entry.status === 'failed'),
        ),
    );
  }

  reached(what: string): void {
    this.reachedHere.set(what, (this.reachedHere.get(what) ?? 0) + 1);
  }

  relieved(name: string): void {
    for (const incarnation of this.hosts.living)
      if (incarnation.name === name) checkRelief(this, incarnation);
  }

  note(text: string): void {
    this.trace.note(this.time.nowMs, text);
  }

  canaryOf(tenantId: string): string {
    return CANARIES[tenantId as (typeof TENANTS)[number]];
  }

  newId(): string {
    return `c${this.#idRandom.below(2 ** 32).toString(16)}${this.#idRandom.below(2 ** 32).toString(16)}`;
  }

  someCursor(machine: ClientMachine, random: SeededRandom): `${number}.${number}` {
    const own = this.#cursors.filter((cursor) => cursor.startsWith(`${machine.tenantId} `));
    if (own.length === 0 || random.chance(0.1)) return '0.0';
    return random.pick(own).split(' ')[1] as `${number}.${number}`;
  }

  booted(name: string): void {
    this.#bootedAt.set(name, this.ledger.writes);
  }

  /** Whether another has written to the session since the server booted, so that it may not know the log's end. */
  isBehind(
    server: SimulatedServer,
    session: { hasOtherWriter(writer: string, since: number): boolean },
  ): boolean {
    return session.hasOtherWriter(server.name, this.#bootedAt.get(server.name) ?? 0);
  }

  subscriptionAsked(
    server: SimulatedServer,
    name: string,
    { tenantId, id }: Principal,
    input: FollowInput,
  ): WatchedSubscription {
    const session = this.ledger.named(tenantId, input.sessionId);
    this.note(`${name} follows ${input.sessionId} from ${input.lastEventId ?? input.from ?? 'snapshot'}`);
    return {
      ...{ name, tenantId, principalId: id, input },
      asked: { session, head: session?.head ?? 0, restores: this.ledger.restores },
      session: undefined,
      place: undefined,
      isBehind: (other) => this.isBehind(server, other),
    };
  }

  frameSent(subscription: WatchedSubscription, frame: FollowFrame, json: string): void {
    this.trace.text(json);
    this.refuseForeign(subscription.tenantId, json, subscription.name);
    const isFirst = subscription.place === undefined;
    this.#frames.sent(subscription, frame);
    if (frame.kind === 'snapshot') this.reached(nameOfSnapshot(frame.reason, isFirst));
    else if (frame.events.length === 0) this.reached('empty frame');
    this.#cursors.push(`${subscription.tenantId} ${frame.cursor}`);
    if (this.#cursors.length > MOST_CURSORS) this.#cursors.splice(this.#idRandom.below(MOST_CURSORS), 1);
  }

  answerArrived(_name: string, { body }: RestAnswer): void {
    this.trace.text(body);
  }

  /** I14 */
  refuseForeign(tenantId: string, text: string, whom: string): void {
    if (!text.includes('canary-')) return;
    for (const [tenant, canary] of Object.entries(CANARIES))
      if (tenant !== tenantId && text.includes(canary))
        this.fail('I14', `${whom} of ${tenantId} was sent words of ${tenant}.`);
    if (text.includes(SERVER_CANARY)) this.fail('I14', `${whom} was sent what is the server's alone.`);
  }

  /** I7: a client tells its user of each event once, in order, as it stands in the log. */
  readonly eventTold = (machine: ClientMachine, id: string, memory: ClientMemory, event: AnyEvent): void => {
    if (event.type === 'status:changed') return;
    const cursor = parseCursor(machine.client.session(id).getSnapshot().cursor);
    const session = cursor && this.ledger.ofEpoch(cursor.epoch);
    if (cursor === undefined || session === undefined || !session.holds(cursor)) return;
    const who = `${machine.client.name} on ${id}`;
    if (event.seq <= memory.told) this.fail('I7', `${who} told of ${event.seq} after ${memory.told}.`);
    if (event.seq > cursor.seq) this.fail('I7', `${who} told of ${event.seq} and stands at ${cursor.seq}.`);
    if (session.eventAt(event.seq)?.text !== JSON.stringify(event))
      this.fail('I7', `${who} told of ${event.seq} with other words than the log's.`);
    memory.told = event.seq;
  };

  /** A host has ended in order: nothing follows on it any more. */
  hostStopped({ name, server }: Incarnation): void {
    const { followers } = server.hub.usage;
    if (followers > 0 && server.life.phase === 'stopped')
      this.fail('I13', `${followers} followers are left on ${name} after its end.`);
  }

  unload(host: Incarnation, machine: ClientMachine): void {
    const { principal } = this.authenticator.look(machine.token) as {
      principal: Parameters<typeof host.server.host.as>[0];
    };
    const id = machine.random.pick(this.sessionIds);
    this.time.at(0, host.process, `unload ${id}`, () => {
      host.server.host
        .as(principal)
        .unloadSession(id)
        .then(
          () => this.reached('session unloaded'),
          () => undefined,
        );
    });
  }

  recreate(machine: ClientMachine, id: string, pauseMs: number): void {
    this.actions.remove(machine, id);
    this.time.at(pauseMs, this.time.world, `${id} is made anew`, () => this.actions.create(machine, id));
  }

  /** Somebody beside the servers writes into a log what is the server's alone. */
  audit(random: SeededRandom): void {
    const sessions = [...this.ledger.sessions.values()].filter(({ isDeleted }) => !isDeleted);
    if (sessions.length === 0) return;
    this.reached('row of the server audience');
    this.disk.apply(auditWrite(random.pick(sessions), random.chance(0.5), SERVER_CANARY), EXTERNAL_WRITER);
  }
}

function nameOfSnapshot(reason: string, isFirst: boolean): string {
  if (reason !== 'retention') return `snapshot ${reason}`;
  return isFirst ? 'snapshot retention at start' : 'follower overtaken by retention';
}
