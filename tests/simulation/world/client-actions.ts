import { isOpenRun, isPerdureError } from '@perdure/protocol';
import type { EventsOptions, SubmitOptions } from '../../../packages/client-sdk/src/perdure-client.ts';
import type { Route } from '../../../packages/client-sdk/src/rest/routes.ts';
import type { Recipe } from '../server/simulated-agent.ts';
import type { ClientMachine } from './client-machine.ts';
import type { World } from './world.ts';

/** Tries of a command whose answer did not come, under one id. */
const TRIES = 4;

/** What people do with a client, one thing at a time, as chance has it. */
export class ClientActions {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Something that this client could do now. */
  act(machine: ClientMachine): void {
    const { random } = machine;
    const id = random.pick(this.#world.sessionIds);
    const deeds: readonly (readonly [number, () => unknown])[] = [
      [10, () => this.submit(machine, id)],
      [4, () => machine.look(id)],
      [1, () => machine.leave(id)],
      [3, () => this.#interrupt(machine, id)],
      [3, () => this.#queue(machine, id)],
      [1, () => this.#update(machine, id)],
      [3, () => this.#read(machine, id)],
      [2, () => this.#readEvents(machine, id)],
      [1, () => machine.client.wake(random.chance(0.3))],
      [0.5, () => machine.client.reconnect()],
      [1, () => this.#misuse(machine, id)],
    ];
    let draw = random.next() * deeds.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, deed] of deeds) {
      draw -= weight;
      if (draw > 0) continue;
      deed();
      return;
    }
  }

  /** A message that says what is to be done with it. */
  submit(machine: ClientMachine, id: string, recipe = machine.random.pick(this.#world.plan.recipes)): void {
    const { random } = machine;
    const delivery = random.chance(0.1) ? 'interrupt' : 'queue';
    this.#say(machine, id, recipe, random.chance(0.1) ? { run: false } : { delivery });
  }

  /** Something that is only written down. */
  note(machine: ClientMachine, id: string): void {
    this.#say(machine, id, 'answer', { run: false });
  }

  #say(machine: ClientMachine, id: string, recipe: Recipe, options: SubmitOptions): void {
    const content = `${this.#world.canaryOf(machine.tenantId)} recipe:${recipe} ${machine.random.below(1_000)}`;
    const commandId = this.#world.newId();
    const { outboxCheck } = this.#world;
    outboxCheck.given(`${machine.client.name} on ${id}`, commandId);
    const sent = machine.client.session(id).submit(content, { ...options, commandId });
    this.#done(
      sent.catch((error: unknown) => {
        outboxCheck.failed(commandId);
        throw error;
      }),
    );
  }

  /** Somebody tries what belongs to others. */
  intrude(machine: ClientMachine, id: string): void {
    const { random, client } = machine;
    const session = client.session(id);
    machine.look(id);
    this.#done(
      random.chance(0.5) ? session.eventPage() : client.rest.call('GET /v1/sessions/{id}', { sessionId: id }),
    );
    if (random.chance(0.5)) this.release(machine, id);
  }

  create(machine: ClientMachine, id: string): undefined {
    const canary = this.#world.canaryOf(machine.tenantId);
    const input = { id, title: canary, metadata: { canary } };
    const message = machine.random.chance(0.5) ? { message: `${canary} recipe:answer` } : {};
    this.#repeat(machine, 'POST /v1/sessions', { ...input, ...message });
  }

  remove(machine: ClientMachine, id: string): undefined {
    this.#repeat(machine, 'DELETE /v1/sessions/{id}', { sessionId: id });
  }

  release(machine: ClientMachine, id: string): undefined {
    this.#command(machine, 'POST /v1/sessions/{id}/queue/release', { sessionId: id });
  }

  interrupt(machine: ClientMachine, id: string, runId: string, next: boolean): undefined {
    this.#command(machine, 'POST /v1/sessions/{id}/interrupt', { sessionId: id, runId, next });
  }

  unarchive(machine: ClientMachine, id: string): undefined {
    this.#command(machine, 'PATCH /v1/sessions/{id}', { sessionId: id, archived: false });
  }

  #interrupt(machine: ClientMachine, id: string): undefined {
    const run = machine.client.session(id).getSnapshot().state?.runs.find(isOpenRun);
    if (run !== undefined) this.interrupt(machine, id, run.runId, machine.random.chance(0.5));
  }

  #queue(machine: ClientMachine, id: string): undefined {
    const { random } = machine;
    const queue = machine.client.session(id).getSnapshot().state?.queue ?? [];
    const kind = random.pick(['hold', 'release', 'remove', 'promote', 'update']);
    if (kind === 'hold') this.#command(machine, 'POST /v1/sessions/{id}/queue/hold', { sessionId: id });
    else if (kind === 'release' || queue.length === 0) this.release(machine, id);
    else {
      const { messageId } = random.pick(queue);
      const place = { sessionId: id, messageId };
      const content = `${this.#world.canaryOf(machine.tenantId)} recipe:answer other words`;
      if (kind === 'remove') this.#command(machine, 'DELETE /v1/sessions/{id}/queue/{messageId}', place);
      else if (kind === 'promote')
        this.#command(machine, 'POST /v1/sessions/{id}/queue/{messageId}/promote', place);
      else this.#command(machine, 'PATCH /v1/sessions/{id}/queue/{messageId}', { ...place, content });
    }
  }

  #update(machine: ClientMachine, id: string): undefined {
    const { random } = machine;
    const title = `${this.#world.canaryOf(machine.tenantId)} ${random.below(9)}`;
    const change = random.chance(0.3) ? { archived: random.chance(0.4) } : { title };
    this.#command(machine, 'PATCH /v1/sessions/{id}', { sessionId: id, ...change });
  }

  #read(machine: ClientMachine, id: string): undefined {
    const { random, client } = machine;
    const session = client.session(id);
    const kind = random.pick(['events', 'blocks', 'runs', 'get', 'list', 'wait', 'cursor', 'older']);
    switch (kind) {
      case 'events':
        return this.#done(this.#pages(machine, id));
      case 'cursor':
        return this.#done(session.eventPage({ after: this.#world.someCursor(machine, random), limit: 20 }));
      case 'blocks':
        return this.#done(session.blocks({ limit: 1 + random.below(10) }));
      case 'older':
        return this.#done(session.loadOlder());
      case 'runs':
        return this.#done(session.runs({ limit: 2 }));
      case 'get':
        return this.#done(client.rest.call('GET /v1/sessions/{id}', { sessionId: id }));
      case 'wait': {
        const run = session.getSnapshot().state?.runs.at(-1);
        if (run !== undefined) this.#done(session.run({ runId: run.runId, wait: 2 }));
        return;
      }
      default:
        this.#done(client.rest.call('GET /v1/sessions', { limit: 5 }));
    }
  }

  async #pages(machine: ClientMachine, id: string): Promise<void> {
    const { random } = machine;
    const types = random.chance(0.3) ? { types: ['message:queued', 'run:started', 'log'] } : {};
    const order = random.pick(['asc', 'desc'] as const);
    let cursor: string | null = null;
    for (let page = 0; page < 3; page += 1) {
      const limit = 1 + random.below(20);
      const place = cursor === null ? {} : { cursor };
      const found: { readonly nextCursor: string | null } = await machine.client
        .session(id)
        .eventPage({ limit, order, ...types, ...place });
      cursor = found.nextCursor;
      if (cursor === null) return;
    }
  }

  /** Reads the log beside what is shown, from its beginning or from a place that was right once. */
  #readEvents(machine: ClientMachine, id: string): undefined {
    const { random } = machine;
    const after = random.chance(0.5) ? this.#world.someCursor(machine, random) : undefined;
    const types = random.chance(0.5)
      ? (['run:started', 'run:completed', 'message:queued', 'log'] as const)
      : undefined;
    this.#follow(machine, id, { after, types });
  }

  /** Waits for the ends of runs alone. */
  awaitRuns(machine: ClientMachine, id: string): undefined {
    const { cursor } = machine.client.session(id).getSnapshot();
    this.#follow(machine, id, { after: cursor, types: ['run:completed'] });
  }

  #follow(
    machine: ClientMachine,
    id: string,
    { after, types }: Pick<EventsOptions, 'after' | 'types'>,
  ): void {
    const { random, client } = machine;
    const doing = machine.doing();
    this.#world.time.at(500 + random.below(20_000), machine.process, 'reader leaves', () => doing.abort());
    const read = async () => {
      for await (const event of client.session(id).events({ after, types, signal: doing.signal }))
        if (types !== undefined && !(types as readonly string[]).includes(event.type))
          this.#world.fail('I5', `A reader of ${types.join()} got ${event.type}.`);
    };
    this.#done(read());
  }

  #command(machine: ClientMachine, route: Route, input: object): undefined {
    this.#repeat(machine, route, { ...input, commandId: this.#world.newId() });
  }

  /** Two commands under one id: one of them is refused. */
  #misuse(machine: ClientMachine, id: string): undefined {
    const commandId = this.#world.newId();
    this.#world.outboxCheck.sentBesides(commandId);
    for (const words of ['one', 'another']) {
      const content = `${this.#world.canaryOf(machine.tenantId)} recipe:answer ${words}`;
      const input = { sessionId: id, commandId, content, run: false };
      this.#repeat(machine, 'POST /v1/sessions/{id}/messages', input);
    }
  }

  /** As a careful program does it: again under the same id until there is an answer. */
  #repeat(machine: ClientMachine, route: Route, input: object): undefined {
    const { client, process, random } = machine;
    const attempt = async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          await client.rest.call(route, input);
          // Now and then it is not sure that it was answered.
          if (random.chance(0.15)) await client.rest.call(route, input);
          return;
        } catch (error) {
          if (!isPerdureError(error) || error.retry !== 'same-id' || tries >= TRIES) throw error;
        }
        const delayMs = 100 + random.below(3_000);
        await new Promise<void>(
          (resolve) => void this.#world.time.at(delayMs, process, 'tries again', resolve),
        );
      }
    };
    this.#done(attempt());
  }

  /** What people do may be refused; only what nobody foresaw is a fault. */
  #done(work: Promise<unknown>): undefined {
    work.catch((error: unknown) => {
      if (isPerdureError(error)) this.#world.reached(`error ${error.code}`);
      else if (!(error instanceof DOMException))
        this.#world.fail('I16', `A client was told what is no typed error: ${String(error)}.`);
    });
  }
}
