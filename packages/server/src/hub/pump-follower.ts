// P1. Frames adjoin: a frame's `after` is the `through` of the one before it.
// P2. Nothing is lost between catch-up and tail: a head that rises during a wait is seen by the check that follows it,
//     and no wait stands between that check and the return.
// P3. The pump holds no rows over a wait for room: a slow follower costs its place.
// P4. Each turn of the loop moves the place, waits, or returns.
// P5. A place from which the log is not kept any more is never gone on from: a state comes in between.
import type { LogPage, SessionKey } from '../store/session-store.ts';
import type { FrameText } from './client-hub.ts';
import { cutFrame } from './cut-frame.ts';
import type { FollowerState } from './follower-state.ts';
import { spliceEventsFrame } from './splice-frame.ts';

export interface PumpPorts {
  /** Rows after a place, at once where they are at hand. */
  read(session: SessionKey, after: number, maxBytes: number): LogPage | Promise<LogPage>;
  epochAt(session: SessionKey, seq: number): Promise<number>;
  /** Hands a frame over. False: no other until there is room. */
  send(frame: FrameText): boolean;
  /** Moves the follower to a state at `floor` or after it. */
  startOver(floor: number): Promise<void>;
  /** Resolves when there is room again. */
  room(): Promise<void>;
  readonly maxFrameBytes: number;
  /** An empty frame moves the client's cursor after so many seqs that were not for it. */
  readonly idleSeqs: number;
}

/**
 * Sends frames until the follower is at the head. Returns a promise where it has to wait: it moves the follower one
 * step, and then the pump is to be called again.
 */
export function pumpFollower(follower: FollowerState, ports: PumpPorts): Promise<void> | undefined {
  while (!follower.hasEnded) {
    if (follower.isFull) {
      return ports.room().then(() => {
        follower.isFull = false;
      });
    }
    if (isAtHead(follower) && follower.isLive) {
      if (!follower.isIdleDue) return undefined;
      follower.isIdleDue = false;
      if (follower.examined.seq > follower.told.seq) send(follower, [], ports);
      continue;
    }
    const headBefore = follower.head;
    const page = ports.read(follower.session, follower.examined.seq, ports.maxFrameBytes);
    const step =
      page instanceof Promise
        ? page.then((late) => takePage(follower, late, headBefore, ports))
        : takePage(follower, page, headBefore, ports);
    if (step !== undefined) return step;
  }
  return undefined;
}

const isAtHead = ({ examined, head }: FollowerState) => examined.seq >= head;

function takePage(
  follower: FollowerState,
  page: LogPage,
  headBefore: number,
  ports: PumpPorts,
): Promise<void> | undefined {
  follower.head = Math.max(follower.head, page.head);
  if (page.floor > follower.examined.seq) return ports.startOver(page.floor); // P5
  const { texts, through } = cutFrame(follower, page, ports.maxFrameBytes);
  if (through.seq === follower.examined.seq && !isAtHead(follower)) {
    if (page.rows.length === 0 && page.head > through.seq) return skipTo(follower, page.head, ports);
    // Nothing is there though a head was told: the session is going. Unless the head rose while the page was read,
    // only a new one is worth another look.
    if (follower.head === headBefore) follower.head = through.seq;
  }
  follower.examined = through;
  const skippedSeqs = through.seq - follower.told.seq;
  const isNewlyLive = isAtHead(follower) && !follower.isLive;
  if (texts.length > 0 || isNewlyLive || skippedSeqs >= ports.idleSeqs) send(follower, texts, ports);
  return undefined;
}

/** The log ends in events that were taken out: no row tells the epoch of its head. */
async function skipTo(follower: FollowerState, seq: number, ports: PumpPorts): Promise<void> {
  const epoch = await ports.epochAt(follower.session, seq);
  follower.examined = { epoch, seq };
  if (isAtHead(follower) && !follower.isLive) send(follower, [], ports);
}

function send(follower: FollowerState, texts: readonly string[], ports: PumpPorts): void {
  const { told, examined } = follower;
  const live = isAtHead(follower);
  // The place moves first: a sink may end the follower, or bring a new head, while it takes the frame.
  follower.told = examined;
  follower.isLive = live;
  follower.isIdleDue = false;
  const frame = spliceEventsFrame({ after: told.seq, through: examined, texts, live });
  follower.isFull = !ports.send(frame);
}
