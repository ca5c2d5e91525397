import type { AppendOutcome, CreateOutcome } from '../store/session-store.ts';

/** What a test may do to a session; the numbers are folded to what is there. */
export type Operation =
  | { readonly kind: 'create'; readonly id: string }
  | {
      readonly kind: 'append';
      readonly id: string;
      readonly types: readonly string[];
      readonly claim: boolean;
      readonly stale: 'epoch' | 'head' | undefined;
      readonly command: string | undefined;
      /** The part of the log that is not kept from it on. */
      readonly floor: number | undefined;
    }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'compact'; readonly id: string; readonly part: number };

interface ModelRow {
  readonly through: number;
  readonly type: string;
  readonly claim: number;
}

/** One session in the model. Claims are counted: only the store knows the epochs it gives. */
export interface ModelSession {
  readonly key: number;
  readonly epochs: number[];
  rows: ModelRow[];
  head: number;
  floor: number;
  readonly commands: Set<string>;
}

/** A store as small as it can be: what it says of an operation, an adapter has to say too. */
export class SessionStoreModel {
  readonly sessions = new Map<string, ModelSession>();

  create(id: string): CreateOutcome['kind'] {
    return this.sessions.has(id) ? 'exists' : 'created';
  }

  created(id: string, key: number, epoch: number): void {
    const rows = [{ through: 1, type: 'session:created', claim: 0 }];
    this.sessions.set(id, { key, epochs: [epoch], rows, head: 1, floor: 0, commands: new Set() });
  }

  append(operation: Extract<Operation, { kind: 'append' }>): AppendOutcome['kind'] {
    const { id, types, claim, stale, command, floor } = operation;
    const session = this.sessions.get(id);
    if (session === undefined) return 'deleted';
    if (command !== undefined && session.commands.has(command)) return 'duplicate';
    if (stale === 'epoch') return 'fenced';
    if (stale === 'head') return 'conflict';
    const claims = session.epochs.length - (claim ? 0 : 1);
    for (const type of types) {
      session.head += 1;
      session.rows.push({ through: session.head, type, claim: claims });
    }
    if (command !== undefined) session.commands.add(command);
    if (floor !== undefined) this.#retain(session, Math.round(session.head * floor));
    return 'committed';
  }

  #retain(session: ModelSession, floor: number): void {
    session.floor = Math.max(session.floor, floor);
    session.rows = session.rows.filter(({ through }) => through > session.floor);
  }

  compact(id: string, before: number): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    session.rows = session.rows.filter(({ type, through }) => type !== 'block:delta' || through >= before);
  }
}
