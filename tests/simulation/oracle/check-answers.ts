// I14 No answer has a byte of another tenant, nor of what is the server's alone.
// I5  What is read in pages is the durable log: events byte for byte, blocks and states as the log tells them.
import { isPerdureError, parseCursor, windowSessionState } from '@perdure/protocol';
import type { LedgerSession } from './ledger-session.ts';
import type { Ledger } from './ledger.ts';
import { differenceOf, sameJson } from './same-json.ts';
import type { Fail } from './violation.ts';

/** A request for something to read, as it arrived. */
export interface ArrivedRead {
  readonly path: string;
  readonly tenantId: string;
  readonly principalId: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The session that had the id then, and its head. */
  readonly session: LedgerSession | undefined;
  readonly head: number;
  /** Whether the server has lost the session to another and does not know it. */
  isBehind(): boolean;
}

interface EventPage {
  readonly items: readonly { readonly seq: number; readonly type: string }[];
}

export class AnswerCheck {
  readonly #fail: Fail;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, fail: Fail) {
    this.#ledger = ledger;
    this.#fail = fail;
  }

  answered(read: ArrivedRead, output: unknown): undefined {
    switch (read.path) {
      case 'sessions.get':
        return this.#state(read, output as { readonly cursor: string; readonly state: unknown });
      case 'sessions.events':
        return this.#events(read, output as EventPage);
      case 'sessions.blocks':
        return this.#blocks(read, output as { readonly items: readonly { readonly id: string }[] });
      case 'sessions.list':
        return this.#list(read, output as { readonly items: readonly ({ readonly id: string } | null)[] });
      default:
        return;
    }
  }

  refused({ path, input, session, isBehind }: ArrivedRead, error: unknown): undefined {
    if (path !== 'sessions.events' || !isPerdureError(error, 'invalid-cursor')) return;
    const cursor = parseCursor(String(input['cursor'] ?? input['after']));
    const isOfRetention = error.details?.['reason'] === 'retention';
    if (isOfRetention && session !== undefined && cursor !== undefined && cursor.seq < session.floor) return;
    if (cursor !== undefined && session?.isDeleted === false && session.holds(cursor) && !isBehind())
      this.#fail(
        'I12',
        `A page of ${session.id} after ${cursor.epoch}.${cursor.seq} was refused, which is in the log.`,
      );
  }

  #state(
    { tenantId, input }: ArrivedRead,
    { cursor, state }: { readonly cursor: string; readonly state: unknown },
  ): undefined {
    const place = parseCursor(cursor);
    const session = place && this.#ledger.ofEpoch(place.epoch);
    if (place === undefined || session === undefined || !session.holds(place) || place.seq > session.head)
      return this.#fail(
        'I5',
        `The state of ${String(input['sessionId'])} was read at ${cursor}, which is not in the log.`,
      );
    if (session.tenantId !== tenantId || session.id !== input['sessionId'])
      return this.#fail('I14', `The state of ${session.tenantId}/${session.id} was read by ${tenantId}.`);
    const wanted = windowSessionState(session.stateAt(place.seq));
    if (!sameJson(state, wanted))
      this.#fail(
        'I6',
        `The state of ${session.id} was read at ${cursor}; it differs ${differenceOf(state, wanted)}.`,
      );
  }

  #events(read: ArrivedRead, { items }: EventPage): undefined {
    const { input, session } = read;
    const text = input['cursor'] ?? input['after'];
    const cursor = text === undefined ? undefined : parseCursor(String(text));
    const now = this.#ledger.named(read.tenantId, String(input['sessionId']));
    // Deleted, made anew or restored while it was read: then it is the one or the other.
    if (session === undefined || now !== session) return;
    if (cursor !== undefined && !session.holds(cursor))
      return this.#fail(
        'I5',
        `A page of ${session.id} was read after ${String(text)}, which is not in the log.`,
      );
    const types = input['types'] as readonly string[] | undefined;
    const isRising = (input['order'] ?? 'asc') === 'asc';
    // From the newest on: what is durable is not known to the server before the disk has told it.
    let place = cursor?.seq ?? (isRising ? 0 : (items[0]?.seq ?? 0) + 1);
    for (const item of items) {
      const kept = session.eventAt(item.seq);
      if (kept === undefined || JSON.stringify(item) !== kept.text)
        return this.#fail('I5', `A page of ${session.id} has other bytes at ${item.seq} than the log.`);
      if (kept.audience !== 'client' || !(types?.includes(kept.type) ?? true))
        return this.#fail(
          'I14',
          `A page of ${session.id} has ${item.seq} (${kept.type}), which is not for it.`,
        );
      const [from, to] = isRising ? [place + 1, item.seq] : [item.seq + 1, place];
      if (isRising ? item.seq <= place : item.seq >= place && cursor !== undefined)
        return this.#fail('I4', `A page of ${session.id} goes from ${place} to ${item.seq}.`);
      const isFirst = item === items[0] && cursor === undefined;
      for (let seq = isFirst ? Math.max(from, session.floor + 1) : from; seq < to; seq += 1) {
        const left = session.eventAt(seq);
        if (left === undefined || session.compacted.has(seq) || left.audience !== 'client') continue;
        if (types?.includes(left.type) ?? true)
          return this.#fail('I5', `A page of ${session.id} leaves out ${seq} (${left.type}).`);
      }
      place = item.seq;
    }
  }

  #blocks(
    { session }: ArrivedRead,
    { items }: { readonly items: readonly { readonly id: string }[] },
  ): undefined {
    if (session === undefined || session.isDeleted) return;
    const blocks = Object.values(session.state.conversations).flatMap((conversation) => conversation.blocks);
    for (const item of items) {
      const kept = blocks.find(({ id }) => id === item.id);
      if (kept !== undefined && !sameJson(item, kept))
        return this.#fail('I6', `A page of blocks of ${session.id} differs ${differenceOf(item, kept)}.`);
      if (kept === undefined && this.#ledger.named(session.tenantId, session.id) === session)
        return this.#fail('I6', `A page of blocks of ${session.id} has ${item.id}, which the log does not.`);
    }
  }

  #list(
    { tenantId, principalId }: ArrivedRead,
    { items }: { readonly items: readonly ({ readonly id: string } | null)[] },
  ): undefined {
    for (const item of items) {
      if (item === null) continue;
      const own = [...this.#ledger.sessions.values()].some(
        ({ id, ownerId, tenantId: tenant }) =>
          id === item.id && ownerId === principalId && tenant === tenantId,
      );
      if (!own) this.#fail('I14', `${tenantId}/${principalId} was shown ${item.id} in a list.`);
    }
  }
}
