// L1. It is written from what the disk took, at the moment it did, and from nothing that the code under test says.
// L2. It forgets nothing but by a restore, which takes the sessions back to where the older file has them.
import type { AnyEvent } from '@perdure/protocol';
import type {
  AppendWrite,
  CreateWrite,
  LogWrite,
  Write,
  WriteOutcome,
} from '../../../packages/server/src/store/sql/write.ts';
import { commandKey, type DiskImage } from '../disk/disk-image.ts';
import type { DiskObserver } from '../disk/simulated-disk.ts';
import { type LedgerEvent, LedgerSession } from './ledger-session.ts';

/** What one write added to a session. */
export interface LedgerChange {
  readonly session: LedgerSession;
  readonly write: AppendWrite | CreateWrite;
  readonly added: readonly LedgerEvent[];
  /** Head before it. */
  readonly after: number;
  readonly writer: string;
  readonly epoch: number;
}

/** Looks at writes as they become durable. */
export interface LedgerWatch {
  wrote?(change: LedgerChange): void;
  compacted?(session: LedgerSession, before: number): void;
  /** An append that another claim or the head kept out. */
  refused?(session: LedgerSession | undefined, outcome: WriteOutcome['kind'], writer: string): void;
}

export class Ledger implements DiskObserver {
  readonly sessions = new Map<number, LedgerSession>();
  /** Every session there ever was, by the epoch of its first claim. */
  readonly #all = new Map<number, LedgerSession>();
  readonly #byEpoch = new Map<number, LedgerSession>();
  readonly #watches: readonly LedgerWatch[];
  /** Restores so far. */
  restores = 0;
  /** Writes so far. */
  writes = 0;

  constructor(watches: readonly LedgerWatch[]) {
    this.#watches = watches;
  }

  /** The session that an epoch was given to. */
  ofEpoch(epoch: number): LedgerSession | undefined {
    return this.#byEpoch.get(epoch);
  }

  named(tenantId: string, id: string): LedgerSession | undefined {
    for (const session of this.sessions.values())
      if (session.tenantId === tenantId && session.id === id && !session.isDeleted) return session;
    return undefined;
  }

  applied(write: Write, outcome: WriteOutcome, writer: string): void {
    switch (write.kind) {
      case 'create': {
        if (outcome.kind === 'created') this.#created(write, outcome.row.id, outcome.row.epoch, writer);
        return;
      }
      case 'append': {
        const session = this.sessions.get(write.key);
        if (outcome.kind === 'committed' && session !== undefined)
          this.#wrote(session, write, outcome.epoch, writer);
        else for (const watch of this.#watches) watch.refused?.(session, outcome.kind, writer);
        return;
      }
      case 'remove': {
        const session = this.sessions.get(write.key);
        if (session !== undefined) session.isDeleted = true;
        return;
      }
      case 'compact': {
        const session = this.sessions.get(write.key);
        if (session !== undefined && !session.isDeleted) this.#compacted(session, write.after, write.before);
        return;
      }
      case 'purge':
      case 'sweep':
        return;
    }
  }

  restored(image: DiskImage): void {
    this.restores += 1;
    this.sessions.clear();
    this.#byEpoch.clear();
    for (const [key, { columns, claims }] of image.sessions) {
      const known = this.#all.get(claims[0]?.epoch ?? 0);
      if (known === undefined) continue;
      const session = known.cutTo(columns.head);
      session.isDeleted = columns.public_id === null;
      this.sessions.set(key, session);
      this.#all.set(claims[0]?.epoch ?? 0, session);
      for (const { epoch } of session.claims) this.#byEpoch.set(epoch, session);
    }
  }

  #created(write: CreateWrite, key: number, epoch: number, writer: string): void {
    const { tenant: tenantId, public_id: id, owner: ownerId } = write.columns;
    const session = new LedgerSession({ key, tenantId, id: id ?? '', ownerId });
    this.sessions.set(key, session);
    this.#all.set(epoch, session);
    session.claims.push({ first: 1, epoch, writer });
    this.#byEpoch.set(epoch, session);
    this.#write(session, write, epoch, writer);
  }

  #wrote(session: LedgerSession, write: AppendWrite, epoch: number, writer: string): void {
    if (write.claim) {
      session.claims.push({ first: session.head + 1, epoch, writer });
      this.#byEpoch.set(epoch, session);
    }
    this.#write(session, write, epoch, writer);
  }

  #write(session: LedgerSession, write: AppendWrite | CreateWrite, epoch: number, writer: string): void {
    this.writes += 1;
    session.writers.set(writer, this.writes);
    const after = session.head;
    const added = eventsOf(write, epoch);
    for (const event of added) session.add(event);
    if (write.kind === 'append' && write.floor !== undefined)
      session.floors.push({ floor: write.floor, head: session.head });
    const { command } = write;
    if (command !== undefined) {
      const { hash, result } = command;
      const name = added[0]?.type ?? '';
      session.commands.set(commandKey(command.principal, command.commandId), {
        ...{ name, hash, result, through: session.head },
      });
    }
    for (const watch of this.#watches) watch.wrote?.({ session, write, added, after, writer, epoch });
  }

  #compacted(session: LedgerSession, after: number, before: number): void {
    for (let seq = after + 1; seq < before; seq += 1) {
      const event = session.eventAt(seq);
      if (event?.type === 'block:delta' && event.rowThrough < before) session.compacted.add(seq);
    }
    for (const watch of this.#watches) watch.compacted?.(session, before);
  }
}

/** White space that JSON allows and no event's text has. */
const SEPARATOR = ',\t';

function eventsOf({ entries }: LogWrite, epoch: number): LedgerEvent[] {
  return entries.flatMap(({ body, audience, type, through }) =>
    body.split(SEPARATOR).map((text) => ({
      epoch,
      audience: audience === 1 ? 'server' : 'client',
      type,
      text,
      event: JSON.parse(text) as AnyEvent,
      rowThrough: through,
    })),
  );
}
