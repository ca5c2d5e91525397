import { setImmediate as turn } from 'node:timers/promises';
import type {
  Append,
  SessionKey,
  SessionRecord,
  SessionStore,
} from '../../../packages/server/src/store/session-store.ts';
import { sampleAppend, sampleSession } from '../../../packages/server/src/testing/session-store-samples.ts';
import type { AppendPlan, HistoryStep, Target } from './history-step.ts';
import { StoreNames } from './store-names.ts';
import { filled, writeOf } from './write-of-plan.ts';

/** A store that can be closed and opened anew, as by another process; one that keeps nothing stays as it is. */
export interface PlayedStore {
  readonly name: string;
  readonly store: SessionStore;
  restart(): Promise<void>;
}

interface Life {
  readonly key: SessionKey;
  readonly epochs: number[];
  head: number;
}

const NO_KEY = 987_654_321;
const ALL = 1_000_000;
/** Longer than slices take on a busy machine. */
const SWEPT_MS = 20_000;
/** Looked for in titles at the end: what other letters become in lower case, and a sign of patterns. */
const titles = ['ü', '%'];
/** Looked for in blocks at the end: letters that the lower case of others holds, and what JSON keeps as an escape. */
const words = ['k', 'İ', '\n'];
type Of<K extends HistoryStep['do']> = Extract<HistoryStep, { do: K }>;

/** Plays one history on one store; the answers name keys and epochs by the order in which they were met. */
export class HistoryPlayer {
  readonly #played: PlayedStore;
  readonly #tenants: readonly string[];
  readonly #names = new StoreNames();
  readonly #lives: Life[] = [];
  readonly #gone: Life[] = [];
  #firstKey = NO_KEY;

  constructor(played: PlayedStore, tenants: readonly string[]) {
    this.#played = played;
    this.#tenants = tenants;
  }

  async play(step: HistoryStep): Promise<unknown> {
    this.#names.settle();
    try {
      return this.#names.replace(await this.#answer(step));
    } catch (error) {
      return { throws: error instanceof Error && 'code' in error ? error.code : String(error) };
    }
  }

  /** All that can be read of everything. */
  async sweep(): Promise<unknown> {
    const lists = [
      ...this.#tenants.map((tenantId) => this.#pages({ scope: { tenantId }, limit: 3 })),
      ...titles.map((text) => this.#pages({ scope: { tenantId: this.#tenants[0] ?? '' }, limit: 100, text })),
    ];
    const lives = [...this.#lives, ...this.#gone];
    const answers = [
      await Promise.all(lists),
      await this.#unsettled(),
      await Promise.all(lives.map((life) => this.#look(life))),
    ];
    return this.#names.replace(answers);
  }

  /** Leaves nothing behind for the next history. */
  async clear(): Promise<void> {
    for (const { key } of this.#lives) await this.#store.remove(key);
  }

  get #store(): SessionStore {
    return this.#played.store;
  }

  #answer(step: HistoryStep): Promise<unknown> {
    switch (step.do) {
      case 'create':
        return this.#create(step);
      case 'append':
        return this.#append(step);
      case 'remove':
        return this.#remove(step.target);
      case 'compact': {
        const { key, head } = this.#life(step.target);
        return this.#store.compact(key, Math.round(head * step.part));
      }
      case 'restart':
        return this.#played.restart();
      case 'reopen':
        return this.#store.reopen();
      case 'list':
        return this.#list(step);
      case 'read': {
        const { key, head } = this.#life(step.target);
        return this.#store.read(key, Math.round(head * step.part), step.maxBytes);
      }
      case 'scan': {
        const { do: _, target, after, before, ...scan } = step;
        const { key, head } = this.#life(target);
        const to = before === undefined ? undefined : Math.round(before * head);
        return this.#store.scan(key, { ...scan, after: Math.round(after * head), before: to });
      }
      case 'blocks': {
        const { do: _, target, from, ...query } = step;
        const { key, head } = this.#life(target);
        return this.#store.blocks(key, {
          ...query,
          from: from === undefined ? undefined : Math.round(from * head),
        });
      }
      case 'runs':
        return this.#store.runs(this.#life(step.target).key, step);
    }
  }

  async #create(step: Of<'create'>): Promise<unknown> {
    const tenantId = this.#tenants[step.tenant] ?? '';
    const { columns, ...written } = writeOf(step, 0, false);
    const session = sampleSession({
      ...written,
      tenantId,
      id: step.id,
      ownerId: step.ownerId,
      record: columns,
    });
    const outcome = await this.#store.create(session);
    if (outcome.kind !== 'created') return outcome;
    const { key, epoch, head } = outcome.record;
    this.#firstKey = Math.min(this.#firstKey, key);
    this.#lives.push({ key, epochs: [epoch], head });
    return outcome;
  }

  async #append({ appends }: Of<'append'>): Promise<unknown> {
    const heads = new Map<Life, number>();
    const records = appends.map(({ target }) => this.#store.get(this.#life(target).key));
    const usedBytes = (await Promise.all(records)).map((record) => record?.logBytes);
    const prepared = appends.map((plan, index) => {
      const life = this.#life(plan.target);
      const used = usedBytes[index] ?? 0;
      const asked = this.#appendOf(plan, life, heads.get(life) ?? life.head);
      const floor = appends.length > 1 ? undefined : floorOf(plan, asked);
      const append = { ...filled(asked, plan.fills, used), floor };
      if (plan.epoch === 'held' && plan.offset === 0 && !plan.hasGap) {
        heads.set(life, append.rows.at(-1)?.through ?? append.after);
      }
      return { life, append };
    });
    const outcomes = await Promise.allSettled(prepared.map(({ append }) => this.#store.append(append)));
    for (const { append } of prepared) if (append.floor !== undefined) await this.#swept(append.key);
    return outcomes.map((outcome, index) => {
      const { life, append } = prepared[index] ?? never();
      if (outcome.status === 'rejected') return { throws: outcome.reason.code ?? String(outcome.reason) };
      if (outcome.value.kind === 'committed') {
        life.head = append.rows.at(-1)?.through ?? append.after;
        if (life.epochs.at(-1) !== outcome.value.epoch) life.epochs.push(outcome.value.epoch);
      }
      return outcome.value;
    });
  }

  #appendOf(plan: AppendPlan, life: Life, head: number): Append {
    const { claim, essential, epoch, offset, hasGap } = plan;
    const held = life.epochs.at(-1) ?? 0;
    const epochs = { held, earlier: life.epochs.at(-2) ?? held - 1, 'made-up': held + 1 };
    const after = Math.max(0, head + offset);
    const { columns, ...written } = writeOf(plan, after, hasGap);
    return sampleAppend(
      { key: life.key, epoch: epochs[epoch], head: after },
      { ...written, claim, essential, record: columns },
    );
  }

  /** Slices take their time, and the size of a log tells which of them are over. */
  async #swept(key: SessionKey): Promise<void> {
    const latest = performance.now() + SWEPT_MS;
    while (performance.now() < latest) {
      const [record, { rows }] = [await this.#store.get(key), await this.#store.read(key, 0, ALL)];
      const bytes = rows.reduce((sum, { body }) => sum + Buffer.byteLength(body ?? ''), 0);
      if (record === undefined || record.logBytes === bytes) return;
      await turn(); // a store that answers at once would be asked for ever
    }
    throw new Error('What a floor has hidden is never taken out.');
  }

  async #remove(target: Target): Promise<unknown> {
    const life = this.#life(target);
    await this.#store.remove(life.key);
    const index = this.#lives.indexOf(life);
    if (index >= 0) this.#gone.push(...this.#lives.splice(index, 1));
    return undefined;
  }

  #list({ query: { scope, ...query } }: Of<'list'>): Promise<unknown> {
    const { tenant, ...rest } = scope;
    return this.#pages({ ...query, scope: { ...rest, tenantId: this.#tenants[tenant] ?? '' } });
  }

  /** Page after page, and how many there are in all. */
  async #pages(query: Parameters<SessionStore['list']>[0]): Promise<unknown> {
    const pages: (readonly SessionRecord[])[] = [];
    for (
      let page = await this.#store.list(query);
      ;
      page = await this.#store.list({ ...query, after: page.at(-1) })
    ) {
      pages.push(page);
      if (page.length < query.limit) break;
    }
    return { pages, count: await this.#store.count(query) };
  }

  async #unsettled(): Promise<unknown> {
    const found: SessionRecord[] = [];
    for (let page = await this.#store.unsettled(this.#firstKey - 1, 2); page.length > 0; ) {
      found.push(...page);
      page = await this.#store.unsettled(page.at(-1)?.key ?? ALL, 2);
    }
    return found;
  }

  async #look({ key, head }: Life): Promise<unknown> {
    const store = this.#store;
    const scan = { after: 0, order: 'desc', audience: 'server', maxRows: ALL } as const;
    const blocks = { order: 'asc', limit: ALL } as const;
    const commands = ['ann', 'bob'].flatMap((name) =>
      ['c1', 'c2', 'c3'].map((id) => store.command(key, name, id)),
    );
    const record = await store.get(key);
    return {
      record,
      found: record && (await store.find(record.tenantId, record.id)),
      page: await store.read(key, 0, ALL),
      middle: await store.read(key, Math.floor(head / 2), 1),
      scan: await store.scan(key, scan),
      claims: await store.claims(key),
      commands: await Promise.all(commands),
      snapshot: await store.snapshot(key),
      main: await store.blocks(key, { ...blocks, conversationId: 'main' }),
      child: await store.blocks(key, { ...blocks, conversationId: 'child' }),
      sought: await Promise.all(
        words.map((text) => store.blocks(key, { ...blocks, conversationId: 'main', text })),
      ),
      runs: await store.runs(key, { limit: ALL }),
      run: await store.run(key, 'r1'),
    };
  }

  #life({ index, isGone }: Target): Life {
    const among = isGone ? this.#gone : this.#lives;
    return among[index % among.length] ?? { key: NO_KEY, epochs: [1], head: 0 };
  }
}

function floorOf({ floor }: AppendPlan, { rows, after, snapshot }: Append): number | undefined {
  if (floor === undefined) return undefined;
  // Without a base, or past it, it is a mistake, as are some of the shares.
  return Math.round((snapshot?.through ?? rows.at(-1)?.through ?? after) * floor);
}

function never(): never {
  throw new Error('There is an outcome for each append.');
}
