import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyEvent } from '@perdure/protocol';
import Database from 'better-sqlite3';
import type { SessionRecord } from '../../../packages/server/src/store/session-store.ts';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { until } from '../../../packages/server/src/testing/host-world.ts';
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
    await until(async () => (await store.unsettled(0, 1)).length === 0);
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
    await until(async () => (await store.unsettled(0, 1)).length === 0);
    faults.push(...(await this.#judgeLogs(store, judgeEnds)));
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
      const db = new Database(join(directory, name), { readonly: true });
      const integrity = db.pragma('integrity_check', { simple: true });
      db.close();
      return integrity === 'ok' ? [] : [`The copy ${name} is not whole: ${String(integrity)}.`];
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
