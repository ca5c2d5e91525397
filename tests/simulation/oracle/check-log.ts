// I3  The log of a session is dense from 1, its times never run backwards, and a compaction takes out only deltas of
//     blocks that are complete.
// I8  Each claim has one writer: whoever writes under an epoch is who was given it, and epochs rise.
// I6  A stored snapshot is the fold of the log up to its place.
// I3  A floor rises, comes with the base that stands for what goes, cuts no run and no block that is open, and hides no
//     crash that may still be one of a loop.
// The record of a session tells what its log says, since recovery goes by it.
import { isOpenRun, type SessionState, windowSessionState } from '@perdure/protocol';
import type { LedgerChange, LedgerWatch } from './ledger.ts';
import type { LedgerSession } from './ledger-session.ts';
import { differenceOf, sameJson } from './same-json.ts';
import type { Fail } from './violation.ts';

/** A tool beside the servers: it may write under a claim that it was not given, which they have to notice. */
export const EXTERNAL_WRITER = 'auditor';

export function checkLog(fail: Fail): LedgerWatch {
  return {
    wrote(change) {
      checkPlaces(change, fail);
      checkWriter(change, fail);
      checkSnapshot(change, fail);
      checkFloor(change, fail);
      checkRecord(change, fail);
    },
    refused(session, outcome, writer) {
      const isOwn = session?.claims.at(-1)?.writer === writer && !session.hasOtherWriter(writer, 0);
      if (isOwn && (outcome === 'fenced' || outcome === 'conflict'))
        fail('I8', `${writer} was kept out of ${session?.id} (${outcome}) by nobody but itself.`);
    },
    compacted({ state }, before) {
      for (const { blocks } of Object.values(state.conversations))
        for (const block of blocks)
          if (block.status === 'pending' && (block.seq ?? 0) < before)
            fail('I3', `A compaction before ${before} takes out deltas of block ${block.id}, which is open.`);
    },
  };
}

function checkPlaces({ session, write, added, after }: LedgerChange, fail: Fail): void {
  let place = after;
  for (const row of write.entries) {
    if (row.after !== place || row.through <= row.after)
      fail('I3', `A row (${row.after}, ${row.through}] of ${session.id} follows on ${place}.`);
    place = row.through;
  }
  let seq = after;
  let at = session.eventAt(after)?.event.at ?? '';
  for (const { event } of added) {
    seq += 1;
    if (event.seq !== seq) fail('I3', `The event at ${seq} of ${session.id} says that it is ${event.seq}.`);
    if (event.at < at) fail('I3', `Time runs backwards at ${seq} of ${session.id}: ${event.at} after ${at}.`);
    at = event.at;
  }
  if (session.head !== place)
    fail('I3', `The rows of ${session.id} end at ${place}, its events at ${session.head}.`);
}

function checkWriter({ session, writer, epoch }: LedgerChange, fail: Fail): void {
  const claim = session.claims.findLast((candidate) => candidate.epoch === epoch);
  if (writer === EXTERNAL_WRITER) return;
  if (claim?.writer !== writer)
    fail('I8', `${writer} wrote to ${session.id} under the claim ${epoch} of ${claim?.writer ?? 'nobody'}.`);
  const [before, last] = session.claims.slice(-2);
  if (last !== undefined && before !== undefined && last.epoch <= before.epoch)
    fail('I8', `The claim ${last.epoch} on ${session.id} came after ${before.epoch}.`);
}

function checkSnapshot({ session, write }: LedgerChange, fail: Fail): void {
  const { snapshot } = write;
  if (snapshot === undefined) return;
  const wanted = windowSessionState(session.stateAt(snapshot.through) ?? session.state);
  const stored: unknown = JSON.parse(snapshot.body);
  if (snapshot.through > session.head)
    fail('I6', `A snapshot of ${session.id} stands at ${snapshot.through}, the log ends at ${session.head}.`);
  else if (!sameJson(stored, wanted))
    fail(
      'I6',
      `The stored snapshot of ${session.id} at ${snapshot.through} differs ${differenceOf(stored, wanted)}.`,
    );
}

function checkFloor({ session, write, after }: LedgerChange, fail: Fail): void {
  if (write.kind !== 'append') return;
  const { floor, snapshot } = write;
  if (snapshot !== undefined && snapshot.through < session.floor)
    fail('I3', `A snapshot of ${session.id} at ${snapshot.through} replaces one above ${session.floor}.`);
  if (floor === undefined) return;
  const before = session.floors.at(-2)?.floor ?? 0;
  if (floor <= before || floor > session.head)
    fail('I3', `The floor of ${session.id} goes from ${before} to ${floor} at ${session.head}.`);
  if (snapshot === undefined || snapshot.through < floor)
    fail('I3', `What ${session.id} had up to ${floor} goes without a base.`);
  // What begins in this very append, above the floor, is not cut.
  const cut = new Set([...openIn(session.stateAt(floor)), ...openIn(session.stateAt(after))]);
  const goesOn = openIn(session.state).find((id) => cut.has(id));
  if (goesOn !== undefined)
    fail('I3', `The floor of ${session.id} rises to ${floor} while ${goesOn} is open.`);
  const lost = recentCrashes(session).find((seq) => seq > before && seq <= floor);
  if (lost !== undefined)
    fail('I3', `The floor of ${session.id} rises to ${floor}: the crash at ${lost} does not count any more.`);
}

/** Places of the crashes that hold the queue together with those to come: of the last ten minutes, among the last ten ends. */
function recentCrashes(session: LedgerSession): number[] {
  const now = Date.parse(session.eventAt(session.head)?.event.at ?? '');
  return session.events
    .map(({ event }) => event)
    .filter(({ type }) => type === 'run:interrupted' || type === 'environment:error')
    .slice(-10)
    .filter(({ at, payload }) => {
      const { reason, stage } = payload as { readonly reason?: string; readonly stage?: string };
      return now - Date.parse(at) <= 600_000 && (reason === 'crash' || stage === 'crash');
    })
    .map(({ seq }) => seq);
}

/** Runs that have begun and not ended, and blocks that are not complete. */
function openIn({ runs, conversations }: SessionState): string[] {
  const begun = runs.filter((run) => isOpenRun(run) && run.status !== 'queued');
  const blocks = Object.values(conversations).flatMap((conversation) => conversation.blocks);
  const pending = blocks.filter(({ status }) => status === 'pending');
  return [...begun.map(({ runId }) => `run ${runId}`), ...pending.map(({ id }) => `block ${id}`)];
}

function checkRecord({ session, write }: LedgerChange, fail: Fail): void {
  const { activity, unsettled, archived } = write.columns;
  const { state } = session;
  const isUnsettled = unsettledOf(state) ? 1 : 0;
  if (activity !== undefined && activity !== state.activity)
    fail('I6', `The record of ${session.id} says ${activity}, its log ${state.activity}.`);
  if (unsettled !== undefined && unsettled !== isUnsettled)
    fail('I6', `The record of ${session.id} says unsettled ${unsettled}, its log ${isUnsettled}.`);
  if (archived !== undefined && (archived === 1) !== state.archived)
    fail('I6', `The record of ${session.id} says archived ${archived}, its log ${state.archived}.`);
}

/** A run has begun and not ended, or a message waits for one that nothing keeps back. */
export function unsettledOf({ runs, queue, held, archived }: SessionState): boolean {
  const isBegun = runs.some((run) => isOpenRun(run) && run.status !== 'queued');
  return isBegun || (held === null && !archived && queue.length > 0);
}
