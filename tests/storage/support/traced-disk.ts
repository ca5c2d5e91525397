// K1. What was written before a sync began that ended before the cut is on the disk, and so is a name in a directory.
// K2. Of what came later anything may be there: none, all, some writes, some sectors of a write, one of two names.
// K3. A sector holds one of the contents that the file had at that place, the durable one or a later one: never a mixture
//     that no program wrote, but for writes that are left out whole.
import { dirname } from 'node:path';
import type { SeededRandom } from '../../support/seeded-random.ts';
import { FileImage } from './file-image.ts';
import type { Operation, TracedCall } from './parse-trace.ts';

const SECTOR = 512;

/** How much a power cut leaves of what was not synced. */
export type Remains = 'nothing' | 'everything' | 'some-writes' | 'some-sectors';

type Change = Extract<Operation, { kind: 'write' | 'truncate' }>;
type Naming =
  | { readonly kind: 'name'; readonly path: string; readonly file: TracedFile }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string };

interface Timed<T> {
  readonly begun: number;
  readonly ended: number;
  readonly what: T;
}

/** Changes in the order in which they came, some of them known to be durable. */
class Durables<T> {
  readonly #changes: Timed<T>[] = [];
  readonly #syncs: Timed<undefined>[] = [];
  #durable = 0;
  #synced = 0;

  add(call: TracedCall, what: T): void {
    this.#changes.push({ begun: call.begun, ended: call.ended, what });
  }

  sync(call: TracedCall): void {
    this.#syncs.push({ begun: call.begun, ended: call.ended, what: undefined });
  }

  /** Those that became durable since the last call, which must have been for an earlier cut. */
  *advance(cut: number): Iterable<T> {
    for (let sync = this.#syncs[this.#synced]; sync !== undefined && sync.ended < cut; ) {
      for (let change = this.#changes[this.#durable]; change !== undefined && change.ended < sync.begun; ) {
        yield change.what;
        this.#durable += 1;
        change = this.#changes[this.#durable];
      }
      this.#synced += 1;
      sync = this.#syncs[this.#synced];
    }
  }

  /** Those that had begun by then and may or may not be there. */
  pending(cut: number): T[] {
    const found: T[] = [];
    for (let index = this.#durable; index < this.#changes.length; index += 1) {
      const change = this.#changes[index];
      if (change === undefined || change.begun >= cut) break;
      found.push(change.what);
    }
    return found;
  }
}

class TracedFile {
  readonly changes = new Durables<Change>();
  readonly durable = new FileImage();

  advance(cut: number): void {
    for (const change of this.changes.advance(cut)) applyWhole(this.durable, change);
  }
}

/** What a power cut may leave of the files that a traced program wrote. Cuts are asked for in ascending order. */
export class TracedDisk {
  readonly #files: TracedFile[] = [];
  readonly #directories = new Map<string, Durables<Naming>>();
  #names = new Map<string, TracedFile>();

  /** `isKept` says which paths are on this disk. */
  constructor(calls: readonly TracedCall[], isKept: (path: string) => boolean) {
    const live = new Map<string, TracedFile>();
    for (const call of calls) this.#take(call, live, isKept);
  }

  /** The files as they may be found after a cut before the given line. */
  after(cut: number, remains: Remains, random: SeededRandom): Map<string, Buffer> {
    for (const file of this.#files) file.advance(cut);
    for (const directory of this.#directories.values()) {
      for (const naming of directory.advance(cut)) applyNaming(this.#names, naming);
    }
    const names = new Map(this.#names);
    for (const directory of this.#directories.values()) {
      for (const naming of chosen(directory.pending(cut), remains, random)) applyNaming(names, naming);
    }
    return new Map([...names].map(([path, file]) => [path, remainsOf(file, cut, remains, random)]));
  }

  #take(call: TracedCall, live: Map<string, TracedFile>, isKept: (path: string) => boolean): void {
    const { operation } = call;
    switch (operation.kind) {
      case 'open': {
        const { path, creates } = operation;
        if (!creates || live.has(path) || !isKept(path)) return;
        const file = new TracedFile();
        this.#files.push(file);
        live.set(path, file);
        this.#directory(path).add(call, { kind: 'name', path, file });
        return;
      }
      case 'write':
      case 'truncate':
        live.get(operation.path)?.changes.add(call, operation);
        return;
      case 'sync':
        live.get(operation.path)?.changes.sync(call);
        this.#directories.get(operation.path)?.sync(call);
        return;
      case 'rename':
        if (!live.has(operation.from)) return;
        applyNaming(live, operation);
        this.#directory(operation.to).add(call, operation);
        return;
      case 'unlink':
        if (!live.delete(operation.path)) return;
        this.#directory(operation.path).add(call, operation);
        return;
      case 'make-directory':
        throw new Error(`${operation.path} was made while traced: only files may be.`);
    }
  }

  #directory(path: string): Durables<Naming> {
    const name = dirname(path);
    const known = this.#directories.get(name) ?? new Durables<Naming>();
    this.#directories.set(name, known);
    return known;
  }
}

function applyNaming(names: Map<string, TracedFile>, naming: Naming): void {
  switch (naming.kind) {
    case 'name':
      names.set(naming.path, naming.file);
      return;
    case 'unlink':
      names.delete(naming.path);
      return;
    case 'rename': {
      const file = names.get(naming.from);
      if (file === undefined) return;
      names.delete(naming.from);
      names.set(naming.to, file);
    }
  }
}

function applyWhole(image: FileImage, change: Change): void {
  if (change.kind === 'truncate') image.truncate(change.length);
  else image.write(change.offset ?? image.bytes.length, change.bytes);
}

function remainsOf(file: TracedFile, cut: number, remains: Remains, random: SeededRandom): Buffer {
  const pending = file.changes.pending(cut);
  const image = file.durable.copy();
  if (remains === 'some-sectors') applySectors(image, pending, random);
  else for (const change of chosen(pending, remains, random)) applyWhole(image, change);
  return image.bytes;
}

/** Journals keep order, so that a beginning remains; disks without one may keep any of it. */
function chosen<T>(pending: readonly T[], remains: Remains, random: SeededRandom): readonly T[] {
  if (remains === 'nothing') return [];
  if (remains === 'everything') return pending;
  if (random.chance(0.3)) return pending.slice(0, random.below(pending.length + 1));
  const share = random.next();
  return pending.filter(() => random.chance(share));
}

/** K3: each sector stops at a content of its own. */
function applySectors(image: FileImage, pending: readonly Change[], random: SeededRandom): void {
  const left = new Map<number, number>();
  const isTaken = (sector: number) => {
    const more = left.get(sector) ?? random.below(pending.length + 1);
    left.set(sector, more - 1);
    return more > 0;
  };
  for (const change of pending) {
    if (change.kind === 'truncate') {
      if (random.chance(0.5)) image.truncate(change.length);
      continue;
    }
    const offset = change.offset ?? image.bytes.length;
    for (let at = offset; at < offset + change.bytes.length; ) {
      const end = Math.min((Math.floor(at / SECTOR) + 1) * SECTOR, offset + change.bytes.length);
      if (isTaken(Math.floor(at / SECTOR))) image.write(at, change.bytes.subarray(at - offset, end - offset));
      at = end;
    }
  }
}
