import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SqliteSessionStore } from '../../../packages/server/src/store/sqlite/sqlite-session-store.ts';
import { temporaryDirectory } from '../../e2e/support/temporary-directory.ts';
import { type SeededRandom, seededRandom } from '../../support/seeded-random.ts';
import { judgeDatabase } from './judge-database.ts';
import { KnownSessions } from './known-sessions.ts';
import { memoryDirectory } from './memory-directory.ts';
import type { TracedCall } from './parse-trace.ts';
import { PlannedSession } from './planned-session.ts';
import { parseReports, type Report } from './reports.ts';
import { type Remains, TracedDisk } from './traced-disk.ts';
import { traceProgram } from './trace-program.ts';

export interface PowerCutOptions {
  readonly seed: number;
  /** How many states of the disk are opened. */
  readonly states: number;
  readonly durability: 'disk' | 'process';
  /** Appends of each session in the traced program. */
  readonly appends: number;
}

export interface PowerCutFindings {
  readonly states: number;
  /** States in which an answered append is missing, and the most that are missing in one. */
  readonly losing: number;
  readonly worst: number;
  /** All else that is wrong, with the state in which it was found. */
  readonly faults: readonly string[];
  /** Copies of the database that were found complete, each counted once. */
  readonly copies: number;
  /** How often the traced program copied its write-ahead log back. */
  readonly checkpoints: number;
}

/** One of so many states is also opened by a whole store, with its thread and its lock. */
const WHOLE_STORE_EVERY = 50;

const ways: readonly Remains[] = [
  'nothing',
  'everything',
  'some-writes',
  'some-writes',
  'some-sectors',
  'some-sectors',
];

/** Traces a program that writes to a real store, and opens what power cuts may leave of its disk. */
export async function explorePowerCuts(options: PowerCutOptions): Promise<PowerCutFindings> {
  const { seed, states, durability, appends } = options;
  using disk = temporaryDirectory();
  for (const name of ['data', 'copies']) mkdirSync(join(disk.path, name));
  const calls = traceProgram('traced-writes', disk.path, durability, String(appends));
  const random = seededRandom(seed);
  const world = new CutWorld(calls, disk.path, durability);
  for (const cut of cutsOf(calls, states, random)) {
    const name = `seed ${seed}, cut ${cut.line}, ${cut.remains}`;
    await world.judge(cut.line, cut.remains, random.fork(name), name);
  }
  return world.findings;
}

interface Cut {
  readonly line: number;
  readonly remains: Remains;
}

/**
 * Half of the cuts come right after something was answered, some about the few calls that are no writes of pages (names,
 * syncs, journals), the others anywhere, also in the middle of a call.
 */
function cutsOf(calls: readonly TracedCall[], states: number, random: SeededRandom): Cut[] {
  const isReport = ({ operation }: TracedCall) =>
    operation.kind === 'write' && operation.path.endsWith('/reports');
  const answers = calls.filter(isReport);
  const turns = calls.filter(
    ({ operation }) => operation.kind !== 'write' || operation.path.endsWith('-journal'),
  );
  const cuts = Array.from({ length: states }, () => {
    const remains = random.pick(ways);
    if (random.chance(0.5)) return { line: random.pick(answers).ended + 1, remains };
    const { begun, ended } = random.pick(random.chance(0.4) ? turns : calls);
    return { line: begun + 1 + random.below(ended - begun + 1), remains };
  });
  return cuts.sort((a, b) => a.line - b.line);
}

/** What is on the disk and what is known, cut after cut. */
class CutWorld {
  readonly #base: string;
  readonly #durability: PowerCutOptions['durability'];
  readonly #disk: TracedDisk;
  readonly #known = new KnownSessions();
  readonly #reports: { readonly line: number; readonly report: Report }[];
  readonly #plans = new Map<string, PlannedSession>();
  readonly #faults: string[] = [];
  readonly #losses: number[] = [];
  readonly #copies = new Set<string>();
  readonly #checkpoints: number;
  #states = 0;

  constructor(calls: readonly TracedCall[], base: string, durability: PowerCutOptions['durability']) {
    this.#base = base;
    this.#durability = durability;
    this.#disk = new TracedDisk(calls, (path) => /\/(data|copies)\//.test(path) && !path.endsWith('-shm'));
    this.#checkpoints = calls.filter(
      ({ operation }) => operation.kind === 'sync' && operation.path.endsWith('/perdure.db'),
    ).length;
    this.#reports = calls.flatMap(({ begun, operation }) =>
      operation.kind === 'write' && operation.path.endsWith('/reports')
        ? parseReports(operation.bytes.toString()).map((report) => ({ line: begun, report }))
        : [],
    );
  }

  get findings(): PowerCutFindings {
    const [states, faults, losses] = [this.#states, this.#faults, this.#losses];
    const lost = { losing: losses.length, worst: Math.max(0, ...losses) };
    return { states, ...lost, faults, copies: this.#copies.size, checkpoints: this.#checkpoints };
  }

  async judge(line: number, remains: Remains, random: SeededRandom, name: string): Promise<void> {
    this.#learn(line);
    const files = this.#disk.after(line, remains, random);
    using place = memoryDirectory();
    for (const directory of ['data', 'copies']) mkdirSync(join(place.path, directory));
    for (const [path, bytes] of files) writeFileSync(join(place.path, relative(this.#base, path)), bytes);
    const judged = {
      durability: this.#durability,
      atMost: this.#known,
      planOf: (id: string) => this.#planOf(id),
    };
    const path = join(place.path, 'data', 'perdure.db');
    const { lost, faults } = await judgeDatabase({ ...judged, path, atLeast: this.#known });
    if (lost > 0) this.#losses.push(lost);
    this.#faults.push(...faults.map((fault) => `${name}: ${fault}`));
    await this.#judgeCopies(files, place.path, name);
    this.#states += 1;
    if (this.#states % WHOLE_STORE_EVERY === 0) await this.#openWhole(join(place.path, 'data'), name);
  }

  /** All that was said before the cut. Who says that something is sent says so before. */
  #learn(line: number): void {
    for (let next = this.#reports[0]; next !== undefined && next.line < line; next = this.#reports[0]) {
      this.#known.take(next.report);
      this.#reports.shift();
    }
  }

  /** A copy that has its name is whole, and one that was answered has its name. */
  async #judgeCopies(files: ReadonlyMap<string, Buffer>, place: string, name: string): Promise<void> {
    for (const [target, { atLeast, isCopied }] of this.#known.copies) {
      const bytes = files.get(target);
      if (bytes === undefined) {
        if (isCopied) this.#faults.push(`${name}: the copy ${target} is gone.`);
        continue;
      }
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (this.#copies.has(digest)) continue;
      this.#copies.add(digest);
      const path = join(place, digest, 'perdure.db');
      mkdirSync(join(place, digest));
      writeFileSync(path, bytes);
      const { faults } = await judgeDatabase({
        ...{ path, atLeast, atMost: this.#known, planOf: (id) => this.#planOf(id), durability: 'disk' },
      });
      this.#faults.push(...faults.map((fault) => `${name}, copy: ${fault}`));
    }
  }

  async #openWhole(directory: string, name: string): Promise<void> {
    const store = new SqliteSessionStore({ directory, durability: this.#durability });
    try {
      await store.open();
      const { isReadable, isWritable, isResponsive } = await store.health();
      if (!isReadable || !isWritable || !isResponsive) this.#faults.push(`${name}: the store is not well.`);
    } catch (error) {
      this.#faults.push(`${name}: the store does not open: ${String(error)}.`);
    }
    await store.close();
  }

  #planOf(id: string): PlannedSession {
    const plan = this.#plans.get(id) ?? new PlannedSession(id);
    this.#plans.set(id, plan);
    return plan;
  }
}
