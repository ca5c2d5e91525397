import type { AnyEvent, ErrorCode, Page } from '@perdure/protocol';
import { facts } from '../e2e/support/facts.ts';
import { ask } from '../e2e/support/running-server.ts';
import { type ClientPlan, ClientUnderTest, type Given, type Person } from './clients/client-under-test.ts';
import type { ServerUnderTest } from './server/server-under-test.ts';
import type { LifeModel, SessionModel } from './session-model.ts';
import { Witness } from './rules/witness.ts';

/** Far beyond what anything here takes: what has not come true by then does not. */
const LIMIT_MS = 20_000;

/** Thrown where the world is not as it has to be. */
export class Violation extends Error {}

/** What happened in runs, to see that all there is to explore was come to. */
export type Counts = Map<string, number>;

/** A server, the clients around it, and what is known of their doings. */
export class World implements AsyncDisposable {
  readonly server: ServerUnderTest;
  readonly clients: ClientUnderTest[] = [];
  readonly trace: string[] = [];
  readonly counts: Counts;
  readonly #news = facts();
  readonly #witnesses = new Map<LifeModel, Witness>();
  readonly #startMs = performance.now();

  constructor(server: ServerUnderTest, counts: Counts) {
    this.server = server;
    this.counts = counts;
  }

  readonly tell = () => this.#news.tell();

  note(what: string): void {
    this.trace.push(`${Math.round(performance.now() - this.#startMs)} ms: ${what}`);
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  async addClient(plan: Omit<ClientPlan, 'name'>): Promise<void> {
    const name = `client${this.clients.length}`;
    const client = await ClientUnderTest.open({ ...plan, name }, () => this.server.port, this.tell);
    this.clients.push(client);
  }

  /** The client that a number picks. */
  client(number: number): ClientUnderTest {
    const client = this.clients[number % this.clients.length];
    if (client === undefined) throw new Error('There is no client.');
    return client;
  }

  get given(): readonly Given[] {
    return this.clients.flatMap(({ given }) => given);
  }

  /** Asks the server itself, past every broken network. */
  async ask<T>(
    method: string,
    path: string,
    { person = 'ann', body }: { readonly person?: Person; readonly body?: object } = {},
  ): Promise<Reply<T>> {
    const options = { body, token: person };
    const { status, body: answer, error } = await ask(`${this.server.url}${path}`, method, options);
    return { status, answer, code: error?.code, reason: error?.details?.['reason'] };
  }

  /** As `ask`, where nothing but an answer is right. */
  async get<T>(path: string): Promise<T> {
    const { status, answer } = await this.ask<T>('GET', path);
    if (status !== 200)
      throw new Violation(`GET ${path} was answered with ${status}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The whole log as it is now, in pages of a size. */
  async log(sessionId: string, limit = 40): Promise<AnyEvent[]> {
    return this.pages<AnyEvent>(`/v1/sessions/${sessionId}/events?limit=${limit}`);
  }

  async pages<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const place: string = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<T> = await this.get<Page<T>>(`${path}${place}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  watch(session: SessionModel, life: LifeModel): void {
    const { server, tell } = this;
    const witness = new Witness({ url: () => server.url, sessionId: session.id, token: 'ann', tell });
    this.#witnesses.set(life, witness);
  }

  witness(life: LifeModel): Witness {
    const witness = this.#witnesses.get(life);
    if (witness === undefined) throw new Error('Nobody saw the session.');
    return witness;
  }

  /** Resolves when something is so. Throws at once when anyone saw what may not be. */
  async until<T>(what: string, find: () => T | undefined | false): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Violation(`It never came true: ${what}`)), LIMIT_MS);
    });
    const found = this.#news.until(() => {
      this.refuteWrong();
      return find();
    });
    found.catch(() => {}); // one that is late may be found wrong when nobody waits for it any more
    try {
      return await Promise.race([found, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Throws if a witness or a follower saw what no rule allows. */
  refuteWrong(): void {
    for (const { wrong } of this.#witnesses.values()) if (wrong !== undefined) throw new Violation(wrong);
    for (const { followed } of this.clients)
      for (const { follower } of followed)
        if (follower.wrong !== undefined) throw new Violation(`${follower.name}: ${follower.wrong}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) await client.close();
    for (const { reader } of this.#witnesses.values()) await reader.leave();
  }
}

export interface Reply<T> {
  readonly status: number;
  readonly answer: T;
  readonly code: ErrorCode | undefined;
  readonly reason: unknown;
}
