import { setTimeout as wait } from 'node:timers/promises';
import type { EventLoopDelay } from '../leaks/support/holdings.ts';
import { type ProbedServer, startProbedServer } from '../leaks/support/probed-server.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { askUntilAnswered } from './ask-until-answered.ts';
import { judgeLog } from './judge-log.ts';
import { type LoadProcess, startLoad } from './load-process.ts';
import { MemoryMeter } from './memory-meter.ts';
import { type SoakPlan, soakSessionId } from './soak-plan.ts';
import { Talkers } from './talkers.ts';

/** What happens to a server and its clients in the field. */
export type Disturbance = 'cut' | 'reload' | 'interrupt' | 'renew' | 'kill';

export interface Judgement {
  readonly violations: readonly string[];
  /** Events that clients have had, each as often as it came. */
  readonly events: number;
  /** Events that were compared with the log of the server. */
  readonly comparisons: number;
}

/** So many clients leave a process with them some time to spare. */
const CLIENTS_A_LOAD = 250;

/** As many as the store writes together anyway. */
const CREATED_AT_ONCE = 20;

/** In which the last runs end, of about a second each, also where much else runs on the machine. */
const REST_MS = 60_000;

/** Between two looks at the memory. Each collects all garbage first, which takes the event loop some 50 ms. */
const MEMORY_EVERY_MS = 10_000;

/** A server, its clients in processes of their own, those who talk, and all that is done to them. */
export class SoakWorld implements AsyncDisposable {
  readonly #plan: SoakPlan;
  readonly #directory: string;
  readonly #random: SeededRandom;
  readonly #loads: readonly LoadProcess[];
  #server: ProbedServer;
  #talkers: Talkers | undefined;

  readonly memory: MemoryMeter;
  readonly done: Record<Disturbance, number> = { cut: 0, reload: 0, interrupt: 0, renew: 0, kill: 0 };

  private constructor(plan: SoakPlan, directory: string, server: ProbedServer, random: SeededRandom) {
    this.#plan = plan;
    this.#directory = directory;
    this.#server = server;
    this.#random = random;
    const { sessions, clients } = plan;
    const loads = Math.ceil(clients / CLIENTS_A_LOAD);
    this.#loads = Array.from({ length: loads }, (_, index) => {
      const first = Math.round((sessions * index) / loads);
      return startLoad({ url: server.url, sessions, clients: clients / loads, first });
    });
    this.memory = new MemoryMeter({
      directory,
      everyMs: Math.min(MEMORY_EVERY_MS, plan.minutes * 1_000),
      rss: () => this.#server.ask<number>({ ask: 'kept-rss' }).catch(() => undefined),
    });
  }

  /** Resolves when every client follows its session. */
  static async open(plan: SoakPlan, directory: string, random: SeededRandom): Promise<SoakWorld> {
    const server = await startProbedServer({ directory, durability: 'disk' });
    const sessions = Array.from({ length: plan.sessions }, (_, index) => soakSessionId(index));
    for (let from = 0; from < sessions.length; from += CREATED_AT_ONCE)
      await Promise.all(
        sessions.slice(from, from + CREATED_AT_ONCE).map((id) => create(server.url, id, plan.filled)),
      );
    const world = new SoakWorld(plan, directory, server, random);
    await Promise.all(world.#loads.map((load) => load.ask({ ask: 'live' })));
    return world;
  }

  get messages(): number {
    return this.#talkers?.accepted.length ?? 0;
  }

  /** How late the server's event loop was since this was asked last, or since it was started. */
  delay(): Promise<EventLoopDelay> {
    return this.#server.ask({ ask: 'delay' });
  }

  /** Every session logs its part of what a server keeps of late of all of them. */
  async fillRecent(): Promise<void> {
    const { sessions, recentBytes } = this.#plan;
    if (recentBytes === 0) return;
    const body = { commandId: 'fill', content: `log ${Math.ceil(recentBytes / sessions)} bytes` };
    const ids = Array.from({ length: sessions }, (_, index) => soakSessionId(index));
    for (let from = 0; from < sessions; from += CREATED_AT_ONCE) {
      const some = ids.slice(from, from + CREATED_AT_ONCE);
      await Promise.all(some.map((id) => this.#saidAndDone(id, body)));
    }
  }

  startTalk(): void {
    const { sessions, talkers: count } = this.#plan;
    this.#talkers = new Talkers({
      url: this.#server.url,
      ...{ sessions, count },
      random: this.#random.fork('talk'),
    });
  }

  async disturb(kind: Disturbance): Promise<void> {
    this.done[kind] += 1;
    switch (kind) {
      case 'cut':
      case 'reload':
        await this.#toldAll({ ask: kind, from: this.#random.below(100), every: kind === 'cut' ? 5 : 10 });
        break;
      case 'interrupt':
        await this.#interrupt();
        break;
      case 'renew':
        await this.#renew(soakSessionId(this.#random.below(this.#plan.sessions)));
        break;
      case 'kill':
        await this.#server.kill('SIGKILL');
        this.#server = await startProbedServer({
          directory: this.#directory,
          port: this.#server.port,
          durability: 'disk',
        });
        break;
      default:
        kind satisfies never;
    }
  }

  /** Compares what every client has with what the server has, while all goes on. */
  async judge(): Promise<Judgement> {
    return this.#compare(false);
  }

  /** Lets everybody finish, and then compares everything. */
  async end(): Promise<Judgement> {
    await this.#talkers?.end();
    const ids = Array.from({ length: this.#plan.sessions }, (_, index) => soakSessionId(index));
    const rests = await Promise.all(ids.map((id) => this.#comesToRest(id)));
    const restless = ids.filter((_, index) => !rests[index]).map((id) => `${id}: its runs do not end`);
    const compared = await this.#compare(true);
    const accepted = Map.groupBy(this.#talkers?.accepted ?? [], ({ sessionId }) => sessionId);
    const wrong: string[] = [];
    for (const id of ids) wrong.push(...(await judgeLog(this.#server.url, id, accepted.get(id) ?? [])));
    await this.memory.end();
    await Promise.all(this.#loads.map((load) => load.end()));
    return { ...compared, violations: [...compared.violations, ...restless, ...wrong] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.memory.end();
    await Promise.all(this.#loads.map((load) => load[Symbol.asyncDispose]()));
    await this.#server.kill('SIGKILL');
  }

  async #compare(isEnd: boolean): Promise<Judgement> {
    const reports = await Promise.all(this.#loads.map((load) => load.ask({ ask: 'check', isEnd })));
    const sumOf = (of: 'events' | 'comparisons') =>
      reports.reduce((sum, report) => sum + (report?.[of] ?? 0), 0);
    return {
      violations: reports.flatMap((report) => report?.violations ?? []),
      events: sumOf('events'),
      comparisons: sumOf('comparisons'),
    };
  }

  async #interrupt(): Promise<void> {
    const open = this.#talkers?.openRun();
    if (open === undefined) return;
    const { sessionId, runId } = open;
    const body = { runId, next: this.#random.chance(0.5) };
    await askUntilAnswered(`${this.#server.url}/v1/sessions/${sessionId}/interrupt`, 'POST', body);
  }

  /** Deletes a session and makes another of the same name. */
  async #renew(sessionId: string): Promise<void> {
    await this.#toldAll({ ask: 'renewed', sessionId });
    this.#talkers?.forget(sessionId);
    await askUntilAnswered(`${this.#server.url}/v1/sessions/${sessionId}`, 'DELETE');
    await create(this.#server.url, sessionId, this.#plan.filled);
    this.#talkers?.forget(sessionId); // what was said meanwhile was said in either of the two
    await this.#toldAll({ ask: 'renewed', sessionId });
  }

  async #saidAndDone(sessionId: string, body: { readonly commandId: string; readonly content: string }) {
    const url = `${this.#server.url}/v1/sessions/${sessionId}`;
    const { runId } = (await askUntilAnswered(`${url}/messages`, 'POST', body)).body;
    if (runId !== undefined) await askUntilAnswered(`${url}/runs/${runId}?wait=30`, 'GET');
  }

  async #toldAll(request: Parameters<LoadProcess['ask']>[0]): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.ask(request)));
  }

  /** What a person or a crash has held goes on; then it waits until there is nothing left to do. */
  async #comesToRest(sessionId: string): Promise<boolean> {
    const url = `${this.#server.url}/v1/sessions/${sessionId}`;
    for (const endMs = performance.now() + REST_MS; performance.now() < endMs; await wait(200)) {
      const { state } = (await askUntilAnswered(url, 'GET')).body;
      if (state.queue.length === 0 && ['idle', 'error'].includes(state.activity)) return true;
      if (state.held) await askUntilAnswered(`${url}/queue/release`, 'POST', {});
    }
    return false;
  }
}

async function create(url: string, id: string, filled: number): Promise<void> {
  const answer = await askUntilAnswered(`${url}/v1/sessions`, 'POST', { id, agent: 'speaks' });
  if (answer.status !== 201 && answer.status !== 200) throw new Error(answer.text);
  for (let index = 0; index < filled; index += 1) {
    const body = {
      commandId: `filled-${index}`,
      content: `alpha beta gamma delta ${index} `.repeat(10),
      run: false,
    };
    const { status, text } = await askUntilAnswered(`${url}/v1/sessions/${id}/messages`, 'POST', body);
    if (status >= 300) throw new Error(text);
  }
}
