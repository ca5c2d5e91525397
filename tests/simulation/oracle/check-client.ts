// I6  What a client shows is the fold of the log up to the cursor that it shows.
// I7  Each event is applied once, in order, and told once.
// I13 A client never gives up while a later attempt could succeed.
// I12 A client asks to go on from the place that it has applied, and for no second snapshot without a cause.
import {
  type FollowFrame,
  type FollowInput,
  type PerdureError,
  type Place,
  parseCursor,
  type SessionState,
  windowSessionState,
} from '@perdure/protocol';
import type { FollowTask } from '../../../packages/client-sdk/src/connection/follow-connection.ts';
import type { Ledger } from './ledger.ts';
import { differenceOf, sameJson } from './same-json.ts';
import type { Fail } from './violation.ts';

/** What a client shows of a session. */
export interface ShownSession {
  readonly state: SessionState | undefined;
  readonly cursor: string;
}

export interface ClientWatch {
  readonly name: string;
  readonly tenantId: string;
  readonly sessionId: string;
  /** What is shown now; none for one who only reads events. */
  shown(): ShownSession | undefined;
  /** Whether a frame was lost on the way, so that a gap has a cause. */
  hasLostFrame(): boolean;
}

/** Gaps at one place until a client may ask for a snapshot. */
const GAPS = 2;

/** Stands between a connection and what follows over it, and holds what passes against the log. */
export class ClientCheck {
  readonly #fail: Fail;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, fail: Fail) {
    this.#ledger = ledger;
    this.#fail = fail;
  }

  /** `memory` lives as long as the place that the task keeps. */
  watch(task: FollowTask, watch: ClientWatch, memory: ClientMemory): FollowTask {
    return {
      input: () => {
        const input = task.input();
        this.#asks(input, watch, memory);
        return input;
      },
      onFrame: (frame) => {
        const verdict = task.onFrame(frame);
        this.#took(frame, verdict, watch, memory);
        return verdict;
      },
      onAway: (error) => task.onAway(error),
      onEnd: (error) => {
        memory.forget();
        task.onEnd(error);
      },
    };
  }

  /** A connection is given up only on an answer that no later attempt can change. */
  gaveUp(name: string, error: PerdureError | undefined): void {
    if (error?.code === 'unauthenticated' || error?.code === 'protocol-mismatch') return;
    this.#fail('I13', `${name} gave its connection up on ${error?.code ?? 'nothing'}.`);
  }

  /** What is shown is the fold of the log. */
  shows({ name, tenantId, sessionId, shown }: ClientWatch): undefined {
    const view = shown();
    const place = view && parseCursor(view.cursor);
    if (view?.state === undefined || place === undefined || place.seq === 0) return;
    const session = this.#ledger.ofEpoch(place.epoch);
    // A restore took back what it has seen: it learns so when it asks next.
    if (session === undefined || !session.holds(place)) return;
    if (session.tenantId !== tenantId || session.id !== sessionId)
      return this.#fail('I14', `${name} shows a place of ${session.tenantId}/${session.id}.`);
    const [is, wanted] = [windowSessionState(view.state), windowSessionState(session.stateAt(place.seq))];
    const isSame =
      sameJson(is, wanted) || (session.compacted.size > 0 && sameJson(unsaid(is), unsaid(wanted)));
    if (!isSame)
      this.#fail(
        'I6',
        `${name} shows at ${place.seq} what the log does not say: it differs ${differenceOf(is, wanted)}.`,
      );
  }

  #asks(
    { lastEventId, from }: FollowInput,
    { name, hasLostFrame }: ClientWatch,
    memory: ClientMemory,
  ): undefined {
    const { place } = memory;
    if (lastEventId !== undefined) {
      const cursor = parseCursor(lastEventId);
      if (place !== undefined && (cursor?.seq !== place.seq || cursor.epoch !== place.epoch))
        this.#fail('I12', `${name} goes on from ${lastEventId}, and has applied the log up to ${place.seq}.`);
      return;
    }
    if (from === 'snapshot' && place !== undefined && !(memory.gaps >= GAPS && hasLostFrame()))
      this.#fail('I12', `${name} is at ${place.seq} and asks for a snapshot.`);
  }

  #took(frame: FollowFrame, verdict: 'next' | 'again', watch: ClientWatch, memory: ClientMemory): undefined {
    const place = parseCursor(frame.cursor) as Place;
    if (verdict === 'again') {
      memory.gaps += 1;
      if (!watch.hasLostFrame())
        this.#fail(
          'I4',
          `${watch.name} met a gap: a frame after ${frame.kind === 'events' ? frame.after : 0} at ${memory.place?.seq ?? 0}.`,
        );
      return;
    }
    memory.gaps = 0;
    if (frame.kind === 'snapshot') memory.told = place.seq;
    if (frame.kind === 'snapshot' || memory.place === undefined || place.seq > memory.place.seq)
      memory.place = place;
    this.shows(watch);
  }
}

/**
 * Without what blocks have said that are open: compaction may have taken out the deltas of one that is complete by now, and
 * whoever stands before its end is told its words with that.
 */
function unsaid(state: SessionState): SessionState {
  const conversations = Object.entries(state.conversations).map(([id, conversation]) => {
    const blocks = conversation.blocks.map((block) =>
      block.status === 'pending' && 'content' in block ? { ...block, content: '' } : block,
    );
    return [id, { ...conversation, blocks }];
  });
  return { ...state, conversations: Object.fromEntries(conversations) as SessionState['conversations'] };
}

/** The place of one who follows, as its frames say it. */
export class ClientMemory {
  place: Place | undefined;
  gaps = 0;
  /** Seq of the last event that was told. */
  told = 0;

  forget(): undefined {
    this.place = undefined;
    this.gaps = 0;
    this.told = 0;
  }
}
