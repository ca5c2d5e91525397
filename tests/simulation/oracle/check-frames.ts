// I4  What a follower is sent adjoins: each frame begins where the one before it ended, the first where it asked.
// I5  It is the durable log, byte for byte, with nothing left out that is for it; nothing is shown before it is durable.
// I6  A snapshot is the fold of the log up to its cursor.
// I12 Nothing is sent again, and no snapshot comes without a cause: a place that is in the log is gone on from, unless what
//     follows on it is not kept any more.
// I14 Of another tenant there is not a byte.
import {
  type FollowFrame,
  type FollowInput,
  type Place,
  parseCursor,
  windowSessionState,
} from '@perdure/protocol';
import type { LedgerSession } from './ledger-session.ts';
import type { Ledger } from './ledger.ts';
import { differenceOf, sameJson } from './same-json.ts';
import type { Fail } from './violation.ts';

/** A subscription as the oracle sees it, where its frames leave the server. */
export interface WatchedSubscription {
  readonly name: string;
  readonly tenantId: string;
  readonly principalId: string;
  readonly input: FollowInput;
  /** The session that had the id, and its head, when it was asked for. */
  readonly asked: {
    readonly session: LedgerSession | undefined;
    readonly head: number;
    readonly restores: number;
  };
  session: LedgerSession | undefined;
  /** Through the last frame. */
  place: Place | undefined;
  /** Whether the server that sends has lost the session to another one and does not know it. */
  isBehind(session: LedgerSession): boolean;
}

export class FrameCheck {
  readonly #fail: Fail;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, fail: Fail) {
    this.#ledger = ledger;
    this.#fail = fail;
  }

  sent(subscription: WatchedSubscription, frame: FollowFrame): undefined {
    const place = parseCursor(frame.cursor);
    const session = place && this.#ledger.ofEpoch(place.epoch);
    if (place === undefined || session === undefined)
      return this.#fail(
        'I5',
        `${subscription.name} was sent the cursor ${frame.cursor}, which no log gave out.`,
      );
    if (session.tenantId !== subscription.tenantId || session.id !== subscription.input.sessionId)
      return this.#fail('I14', `${subscription.name} was sent a place of ${session.tenantId}/${session.id}.`);
    if (session.ownerId !== subscription.principalId)
      return this.#fail('I14', `${subscription.name} was sent what belongs to ${session.ownerId}.`);
    if (subscription.session !== undefined && subscription.session !== session)
      return this.#fail('I4', `${subscription.name} was sent frames of two sessions that have the same id.`);
    subscription.session = session;
    if (place.seq > session.head)
      return this.#fail('I5', `${subscription.name} was shown ${place.seq}, and ${session.head} is durable.`);
    if (!session.holds(place))
      this.#fail('I5', `${subscription.name} was sent the cursor ${frame.cursor}, which is not in the log.`);
    if (frame.kind === 'snapshot') this.#snapshot(subscription, session, frame, place);
    else this.#events(subscription, session, frame, place);
    subscription.place = place;
  }

  #snapshot(
    subscription: WatchedSubscription,
    session: LedgerSession,
    frame: Extract<FollowFrame, { kind: 'snapshot' }>,
    { seq }: Place,
  ): undefined {
    const { name, input } = subscription;
    const isOvertaken = frame.reason === 'retention' && (subscription.place?.seq ?? 0) < session.floor;
    if (subscription.place !== undefined && !isOvertaken)
      this.#fail('I12', `${name} was sent a snapshot in the middle.`);
    if (subscription.place !== undefined && seq <= subscription.place.seq)
      this.#fail('I4', `${name} stands at ${subscription.place.seq} and was sent a state at ${seq}.`);
    const wanted = windowSessionState(session.stateAt(seq));
    if (!sameJson(frame.state, wanted))
      this.#fail('I6', `The snapshot of ${name} at ${seq} differs ${differenceOf(frame.state, wanted)}.`);
    if (subscription.place !== undefined) return;
    const { lastEventId, from = 'snapshot' } = input;
    if (lastEventId === undefined) {
      const isAsked = from === 'snapshot' && frame.reason === 'start';
      const isBeginningGone = from === 'beginning' && isOvertaken;
      if (!isAsked && !isBeginningGone)
        this.#fail('I12', `${name} asked from ${input.from} and was sent a snapshot (${frame.reason}).`);
      return;
    }
    const cursor = parseCursor(lastEventId);
    const { asked } = subscription;
    const wasHeld = cursor !== undefined && asked.session?.holds(cursor) === true && cursor.seq <= asked.head;
    const isGone = frame.reason === 'retention' && cursor !== undefined && cursor.seq < session.floor;
    if (wasHeld && asked.session === session && !subscription.isBehind(session) && !isGone)
      this.#fail(
        'I12',
        `${name} named ${lastEventId}, which is in the log, and was sent a snapshot (${frame.reason}).`,
      );
  }

  #events(
    subscription: WatchedSubscription,
    session: LedgerSession,
    frame: Extract<FollowFrame, { kind: 'events' }>,
    { seq: through }: Place,
  ): undefined {
    const { name } = subscription;
    const after = subscription.place?.seq ?? this.#start(subscription, session, frame.after);
    if (after !== undefined && frame.after !== after)
      return this.#fail(
        'I4',
        `A frame of ${name} begins after ${frame.after}, the one before it ended at ${after}.`,
      );
    if (frame.through !== through || through < frame.after)
      return this.#fail(
        'I4',
        `A frame of ${name} goes from ${frame.after} to ${frame.through} at ${frame.cursor}.`,
      );
    this.#content(subscription, session, frame);
  }

  /** Where the first frame has to begin; undefined: anywhere that `now` was since. */
  #start(
    { name, input, asked }: WatchedSubscription,
    session: LedgerSession,
    after: number,
  ): number | undefined {
    const { lastEventId, from = 'snapshot' } = input;
    if (lastEventId !== undefined) {
      const cursor = parseCursor(lastEventId);
      const isHeld = cursor !== undefined && (session.holds(cursor) || asked.session?.holds(cursor) === true);
      if (!isHeld)
        this.#fail(
          'I5',
          `${name} named ${lastEventId}, which is not in the log, and was taken on from there.`,
        );
      return cursor?.seq;
    }
    if (from === 'beginning') return 0;
    if (from === 'snapshot')
      this.#fail('I4', `${name} asked for a snapshot and was sent events after ${after}.`);
    if (after > session.head) this.#fail('I5', `${name} began at ${after}, and ${session.head} is durable.`);
    return undefined;
  }

  #content(
    { name, input }: WatchedSubscription,
    session: LedgerSession,
    { after, through, events }: Extract<FollowFrame, { kind: 'events' }>,
  ): undefined {
    let index = 0;
    for (let seq = after + 1; seq <= through; seq += 1) {
      const kept = session.eventAt(seq);
      const given = events[index];
      if (kept === undefined) return;
      const isFor = kept.audience === 'client' && (input.types?.includes(kept.type) ?? true);
      if (given?.seq === seq) {
        index += 1;
        if (!isFor) return this.#fail('I14', `${name} was sent ${seq} (${kept.type}), which is not for it.`);
        if (JSON.stringify(given) !== kept.text)
          return this.#fail('I5', `${name} was sent other bytes at ${seq} than the log has.`);
      } else if (isFor && !session.compacted.has(seq)) {
        return this.#fail('I5', `${name} was sent (${after}, ${through}] without ${seq} (${kept.type}).`);
      }
    }
    if (index < events.length)
      this.#fail('I4', `${name} was sent ${events[index]?.seq} in a frame of (${after}, ${through}].`);
  }
}
