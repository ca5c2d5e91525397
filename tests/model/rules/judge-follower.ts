import { isDeepStrictEqual } from 'node:util';
import { type AnyEvent, emptySessionState, reduceSession, windowSessionState } from '@perdure/protocol';
import { lastingEvents } from './lasting-events.ts';
import type { Follower, Stretch } from '../clients/follower-record.ts';

/** What is known of the log of one life. */
export interface KnownLog {
  readonly life: number;
  /** All that anyone saw of it, by its place. */
  readonly seen: ReadonlyMap<number, AnyEvent>;
  /** What it holds now; of a life that is over, what was seen last. */
  readonly log: readonly AnyEvent[];
  readonly isOver: boolean;
}

/**
 * Holds what a follower was told against the logs of the session: nothing twice, nothing missing, nothing that never was.
 * `since` is the life that it began to follow.
 */
export function judgeFollower(
  follower: Follower,
  { since, lives, sessionId }: { since: number; lives: readonly KnownLog[]; sessionId: string },
): string[] {
  const faults: string[] = [];
  let life = since;
  for (const [index, stretch] of follower.stretches.entries()) {
    const isFirst = index === 0;
    const isOpen = index === follower.stretches.length - 1 && follower.end === undefined;
    const isOther = stretch.reason === 'epoch' && !(isFirst && follower.wish.from === 'old-cursor');
    const known = lives.find(
      (one) => one.life >= life + (isOther ? 1 : 0) && (!isOpen || !one.isOver) && isOf(stretch, one),
    );
    if (known === undefined) {
      faults.push(faultOfStrange(stretch, lives.at(-1)));
      break;
    }
    faults.push(...faultsOfReason(follower, stretch, isFirst));
    faults.push(...faultsOfHoles(follower, { stretch, known, isOpen }));
    faults.push(...faultsOfState(stretch, known, sessionId));
    life = known.life;
  }
  return [...faults, ...faultsOfEnd(follower, since, lives)].map((fault) => `${follower.name}: ${fault}`);
}

function isOf({ events }: Stretch, { seen }: KnownLog): boolean {
  return events.every((event) => fits(event, seen));
}

/** A delta that was taken out of the log before anyone else could see it is unknown, and right. */
function fits(event: AnyEvent, seen: ReadonlyMap<number, AnyEvent>): boolean {
  const known = seen.get(event.seq);
  return known === undefined ? event.type === 'block:delta' : isDeepStrictEqual(known, event);
}

function faultOfStrange({ events, reason, start }: Stretch, last: KnownLog | undefined): string {
  const strange = events.find((event) => !fits(event, last?.seen ?? new Map()));
  const known = last?.seen.get(strange?.seq ?? 0);
  return `what it was told from ${start} (${reason ?? 'events'}) is of no log that it can have read; of the last, it saw ${short(strange)} where the log has ${short(known)}`;
}

const short = (value: unknown) => JSON.stringify(value)?.slice(0, 300);

/** Why a new state came instead of what was missed. */
function faultsOfReason({ wish }: Follower, { reason }: Stretch, isFirst: boolean): string[] {
  switch (reason) {
    case undefined:
    case 'epoch': // there is another log, or it would have been found strange
      return [];
    case 'start':
      return isFirst && wish.from === 'snapshot' ? [] : ['it was told to start anew'];
    case 'ahead':
      return isFirst && wish.from === 'ahead' ? [] : ['it was told that it is ahead'];
    case 'gap':
    case 'retention':
      return [`it was told of ${reason}, and nothing was lost`];
    default:
      return reason satisfies never;
  }
}

/** Of all that the log holds after the place where it began, it was told what it asked for. */
function faultsOfHoles(
  { wish }: Follower,
  { stretch, known, isOpen }: { stretch: Stretch; known: KnownLog; isOpen: boolean },
): string[] {
  const told = new Set(stretch.events.map(({ seq }) => seq));
  const start = stretch.start ?? (stretch.events[0]?.seq ?? 0) - 1;
  const last = stretch.events.at(-1)?.seq ?? start;
  // Who sees deltas alone may be on the way to some that are just taken out.
  const log = wish.types === undefined ? known.log : lastingEvents(known.log);
  const missing = log.filter(
    ({ seq, type }) =>
      seq > start && (isOpen || seq <= last) && !told.has(seq) && (wish.types?.includes(type) ?? true),
  );
  return missing.length === 0
    ? []
    : [`it was never told of ${missing.map(({ seq, type }) => `${type} at ${seq}`).join(', ')}`];
}

/** What ends a follower is told by its code, and has a cause. */
function faultsOfEnd({ end, wish }: Follower, since: number, lives: readonly KnownLog[]): string[] {
  const isDeleted = lives.some(({ life, isOver }) => life >= since && isOver);
  switch (end) {
    case undefined:
      return wish.from === 'rubbish' ? ['a cursor of rubbish was taken'] : [];
    case 'left':
      return [];
    case 'session-deleted':
    case 'session-not-found':
      return isDeleted ? [] : [`it was told ${end}`];
    case 'invalid-cursor':
      return isDeleted || ['rubbish', 'ahead', 'old-cursor'].includes(wish.from)
        ? []
        : [`it was told ${end}`];
    default:
      return [`it ended with ${end}`];
  }
}

/** A snapshot is the fold of all that was before it; which can be told where every delta before it was seen. */
function faultsOfState({ state, start }: Stretch, { seen }: KnownLog, sessionId: string): string[] {
  if (state === undefined || start === undefined) return [];
  const before: AnyEvent[] = [];
  for (let seq = 1; seq <= start; seq += 1) {
    const event = seen.get(seq);
    if (event === undefined) return [];
    before.push(event);
  }
  const expected = windowSessionState(before.reduce(reduceSession, emptySessionState(sessionId)));
  return isDeepStrictEqual(asJson(expected), state)
    ? []
    : [`its snapshot of ${start} is not the fold of the log`];
}

export const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));
