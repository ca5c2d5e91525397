import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type AnyEvent, emptySessionState, reduceSession, windowSessionState } from '@perdure/protocol';
import Database from 'better-sqlite3';
import type { SessionHost } from '../../../packages/server/src/host/session-host.ts';
import type { SessionRecord } from '../../../packages/server/src/store/session-store.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { localHost } from '../../../packages/server/src/testing/local-host.ts';
import type { HostOrder, HostReport, Phase } from './host-reports.ts';
import { eventsOf, judgeEnds, judgeKnown, judgeRows } from './judge-log.ts';
import { KnownHostSession } from './known-host.ts';
import type { StartedProgram } from './start-program.ts';
import { talkativeAgent } from './talkative-agent.ts';

export interface KillPlan {
  /** Killed so many milliseconds after the host said, for the so-manieth time, that it does this. */
  readonly phase: Phase;
  readonly nth: number;
  readonly delayMs: number;
}

const ALL = Number.MAX_SAFE_INTEGER;
/** Longer than all runs of a directory could take on a busy machine. */
const SETTLED_MS = 60_000;

/** One data directory on which one host after the other lives and is killed. */
export class KilledWorld {
  readonly #base: string;
  readonly #sessions = new Map<string, KnownHostSession>();
  #lives = 0;

  constructor(base: string) {
    this.#base = base;
  }

  /** Has a host, which waits for its order, run until it is killed as planned. */
  async live(program: StartedProgram, plan: KillPlan): Promise<void> {
    this.#lives += 1;
    const cursors = [...this.#sessions].flatMap(([id, { cursor }]) =>
      cursor === undefined ? [] : [[id, cursor]],
    );
    const order: HostOrder = { base: this.#base, life: this.#lives, cursors: Object.fromEntries(cursors) };
    program.send(JSON.stringify(order));
    let entered = 0;
    for await (const line of program.lines) {
      const report = parse(line);
      if (report === undefined) continue;
      if (report.say !== 'phase') this.#session(report.id).take(report);
      else if (report.phase === plan.phase) {
        entered += 1;
        if (entered === plan.nth) setTimeout(() => program.signal('SIGKILL'), plan.delayMs);
      }
    }
    const signal = await program.ended;
    if (signal !== 'SIGKILL') throw new Error(`The host ended by itself (${signal}):\n${program.stderr()}`);
  }

  /** Holds what is on the disk against what was said; `recovers`: also lets a host recover it, and so many others after it. */
  async judge({ recovers }: { readonly recovers: number }): Promise<string[]> {
    const store = await this.#open();
    const faults = [...(await this.#judgeLogs(store)), ...this.#judgeCopies()];
    if (recovers > 0) faults.push(...(await this.#recover(store)));
    let digest = await digestOf(store);
    await store.close();
    for (let again = 1; again < recovers; again += 1) {
      const next = await this.#startAndStop();
      if (next !== digest) faults.push(`Recovery number ${again + 1} changed something.`);
      digest = next;
    }
    return faults;
  }

  /** What was not answered is asked again, and some of what was. */
  async #recover(store: SqliteSessionStore): Promise<string[]> {
    const { host, hub } = localHost({ store, agents: { talkative: talkativeAgent() } });
    const faults: string[] = [];
    host.start();
    faults.push(...(await settled(store)));
    for (const [id, known] of this.#sessions) {
      if ((await store.find('default', id)) === undefined) continue;
      const commands = [...known.commands.values()];
      const asked = [...commands.filter(({ answer }) => answer === undefined), ...commands.slice(-2)];
      for (const command of asked) {
        const { commandId, content, answer } = command;
        const again = await host.session(id).submit({ commandId, content });
        if (answer === undefined) command.answer = { seq: again.seq, runId: again.runId };
        else if (again.seq !== answer.seq || again.runId !== answer.runId || !again.duplicate) {
          faults.push(`${commandId} was answered anew with ${JSON.stringify(again)}.`);
        }
      }
    }
    faults.push(...(await settled(store)), ...(await this.#judgeLogs(store, judgeEnds)));
    for (const id of this.#sessions.keys()) faults.push(...(await judgeState(store, host, id)));
    await host.shutdown({ deadlineMs: 60_000 });
    hub.close();
    return faults;
  }

  async #startAndStop(): Promise<string> {
    const store = await this.#open();
    const { host, hub } = localHost({ store, agents: { talkative: talkativeAgent() } });
    host.start();
    for (const id of this.#sessions.keys()) await host.loadSession(id);
    await host.shutdown({ deadlineMs: 60_000 });
    hub.close();
    const digest = await digestOf(store);
    await store.close();
    return digest;
  }

  async #judgeLogs(
    store: SqliteSessionStore,
    more: (events: readonly AnyEvent[]) => string[] = () => [],
  ): Promise<string[]> {
    const faults: string[] = [];
    for (const [id, known] of this.#sessions) {
      const record = await store.find('default', id);
      if (record === undefined) {
        faults.push(`${id} is gone.`);
        continue;
      }
      const { rows, head } = await store.read(record.key, 0, ALL);
      const events = eventsOf(rows);
      const found = [...judgeRows(rows, head), ...judgeKnown(known, events, head), ...more(events)];
      if (record.head !== head) found.push(`The record says ${record.head}, the log ends at ${head}.`);
      faults.push(...found.map((fault) => `${id}: ${fault}`));
    }
    if (store.damagedRows > 0) faults.push(`${store.damagedRows} rows are damaged.`);
    return faults;
  }

  /** What has the name of a copy is a whole one; what a copy that was cut off left has another. */
  #judgeCopies(): string[] {
    const directory = join(this.#base, 'copies');
    if (!existsSync(directory)) return [];
    const copies = readdirSync(directory).filter((name) => name.endsWith('.db'));
    const faults = copies.flatMap((name) => {
      const integrity = integrityOf(join(directory, name));
      return integrity === 'ok' ? [] : [`The copy ${name} is not whole: ${integrity}.`];
    });
    rmSync(directory, { recursive: true });
    return faults;
  }

  async #open(): Promise<SqliteSessionStore> {
    const store = new SqliteSessionStore({ directory: join(this.#base, 'data') });
    await store.open();
    return store;
  }

  #session(id: string): KnownHostSession {
    const known = this.#sessions.get(id) ?? new KnownHostSession();
    this.#sessions.set(id, known);
    return known;
  }
}

function integrityOf(path: string): string {
  const db = new Database(path, { readonly: true });
  try {
    return String(db.pragma('integrity_check', { simple: true }));
  } catch (error) {
    return String(error);
  } finally {
    db.close();
  }
}

/** The state, which was loaded from a snapshot if there is one, is the fold of the log up to its cursor. */
async function judgeState(store: SqliteSessionStore, host: SessionHost, id: string): Promise<string[]> {
  const record = await store.find('default', id);
  if (record === undefined) return [];
  const { state, cursor } = await host.session(id).get();
  const { rows } = await store.read(record.key, 0, ALL);
  const events = eventsOf(rows.filter(({ audience }) => audience === 'client'));
  const told = events.filter(({ seq }) => seq <= Number(cursor.split('.')[1]));
  const folded = windowSessionState(told.reduce(reduceSession, emptySessionState(id)));
  return (['conversations', 'queue', 'runs', 'held'] as const).flatMap((part) => {
    const [is, should] = [JSON.stringify(state[part]), JSON.stringify(folded[part])];
    return isDeepStrictEqual(JSON.parse(is ?? 'null'), JSON.parse(should ?? 'null'))
      ? []
      : [`${id}: ${part} of the state are ${is}, those of the log ${should}.`];
  });
}

/** Waits until nothing is left that a recovery looks for; one that leaves something would be waited for in vain. */
async function settled(store: SqliteSessionStore): Promise<string[]> {
  const latest = performance.now() + SETTLED_MS;
  while (performance.now() < latest) {
    if ((await store.unsettled(0, 1)).length === 0) return [];
    await wait(1);
  }
  return (await store.unsettled(0, 100)).map(({ id }) => `${id} is not settled.`);
}

/** All that is kept of every session, in one number. */
async function digestOf(store: SqliteSessionStore): Promise<string> {
  const hash = createHash('sha256');
  const records = await store.list({ scope: { tenantId: 'default' }, limit: 1_000 });
  for (const record of records) hash.update(JSON.stringify(await contentOf(store, record)));
  return hash.digest('hex');
}

async function contentOf(store: SqliteSessionStore, record: SessionRecord): Promise<unknown> {
  const { key } = record;
  const page = { conversationId: 'main', order: 'asc', limit: 100_000 } as const;
  return [
    ...[record, await store.read(key, 0, ALL), await store.claims(key), await store.snapshot(key)],
    ...[await store.blocks(key, page), await store.runs(key, { limit: 100_000 })],
  ];
}

/** The last line may have been cut off. */
function parse(line: string): HostReport | undefined {
  try {
    return JSON.parse(line) as HostReport;
  } catch {
    return undefined;
  }
}
