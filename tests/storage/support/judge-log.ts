import type { AnyEvent } from '@perdure/protocol';
import { splitEvents } from '../../../packages/server/src/session/row-body.ts';
import type { LogRow } from '../../../packages/server/src/store/session-store.ts';
import { eventDigest } from './event-digest.ts';
import type { KnownHostSession } from './known-host.ts';

/** The rows must follow on each other, but for deltas that were compacted, and be whole. */
export function judgeRows(rows: readonly LogRow[], head: number): string[] {
  const faults: string[] = [];
  let place = 0;
  for (const { after, through, body } of rows) {
    if (after < place) faults.push(`A row covers (${after}, ${through}] after ${place}.`);
    if (body === null) faults.push(`The row to ${through} is damaged.`);
    else if (splitEvents(body).length !== through - after) faults.push(`The row to ${through} is not dense.`);
    place = through;
  }
  if (place > head) faults.push(`The log goes to ${place}, its head is ${head}.`);
  return faults;
}

export const eventsOf = (rows: readonly LogRow[]): AnyEvent[] =>
  rows.flatMap(({ body }) => splitEvents(body ?? '').map((text) => JSON.parse(text) as AnyEvent));

/** All that was answered and all that was shown is there; what was asked for is there once at most. */
export function judgeKnown(known: KnownHostSession, events: readonly AnyEvent[], head: number): string[] {
  const faults = [...known.faults];
  const compacted = completedRanges(events);
  const digests = new Map(events.map((event) => [event.seq, eventDigest(event)]));
  for (const [seq, digest] of known.seen) {
    if (seq > head) faults.push(`Event ${seq} was seen, the log ends at ${head}.`);
    const kept = digests.get(seq);
    if (kept !== undefined && kept !== digest)
      faults.push(`Event ${seq} is another than the one that was seen.`);
    const isCompacted = () => compacted.some(({ from, to }) => from < seq && seq < to);
    if (kept === undefined && !isCompacted()) faults.push(`Event ${seq} was seen and is not there.`);
  }
  const words = events.map(({ payload }) => JSON.stringify(payload)).join();
  for (const mark of known.flushed) {
    if (!words.includes(mark)) faults.push(`${mark} was flushed and is not there.`);
  }
  const queued = events.filter(({ type }) => type === 'message:queued');
  const idOf = (event: AnyEvent) => (event.payload as { readonly commandId?: string }).commandId;
  for (const { commandId, answer } of known.commands.values()) {
    const found = queued.filter((event) => idOf(event) === commandId);
    if (found.length > 1) faults.push(`${commandId} was done ${found.length} times.`);
    if (answer === undefined) continue;
    const isThere = found.some(({ runId }) => runId === answer.runId) && head >= answer.seq;
    if (!isThere) faults.push(`${commandId} was answered and is not there.`);
  }
  const unknown = queued.filter((event) => !known.commands.has(idOf(event) ?? ''));
  return [...faults, ...unknown.map((event) => `Nobody asked for ${idOf(event)}.`)];
}

/** From the start to the end of each block: deltas between them may have been compacted. */
function completedRanges(events: readonly AnyEvent[]): { readonly from: number; readonly to: number }[] {
  const starts = new Map(
    events.filter(({ type }) => type === 'block:start').map((event) => [blockIdOf(event), event.seq]),
  );
  return events
    .filter(({ type }) => type === 'block:complete')
    .map((event) => ({ from: starts.get(blockIdOf(event)) ?? event.seq, to: event.seq }));
}

/** Every run that was begun has ended once, and so has every block and every tool call. */
export function judgeEnds(events: readonly AnyEvent[]): string[] {
  const ends = new Set(['run:completed', 'run:failed', 'run:cancelled', 'run:interrupted', 'run:stuck']);
  const runs = countBy(events.filter(({ type }) => ends.has(type)).map(({ runId }) => runId));
  const begun = new Set(events.filter(({ type }) => type === 'run:started').map(({ runId }) => runId));
  const started = events.filter(({ type }) => type === 'block:start').map(blockIdOf);
  const completed = countBy(events.filter(({ type }) => type === 'block:complete').map(blockIdOf));
  return [
    ...[...begun]
      .filter((id) => runs.get(id) !== 1)
      .map((id) => `Run ${id} ended ${runs.get(id) ?? 0} times.`),
    ...[...runs].filter(([, count]) => count > 1).map(([id, count]) => `Run ${id} ended ${count} times.`),
    ...started
      .filter((id) => completed.get(id) !== 1)
      .map((id) => `Block ${id} ended ${completed.get(id) ?? 0} times.`),
    ...toolFaults(events),
  ];
}

function toolFaults(events: readonly AnyEvent[]): string[] {
  const blocks = events
    .filter(({ type }) => type === 'block:complete')
    .map(({ payload }) => (payload as { readonly block: Record<string, unknown> }).block);
  const of = (type: string) =>
    blocks.filter((block) => block['type'] === type).map((block) => block['toolUseId']);
  const results = countBy(of('tool_result'));
  return of('tool_use').flatMap((id) =>
    results.get(id) === 1 ? [] : [`The call ${String(id)} has ${results.get(id) ?? 0} results.`],
  );
}

function blockIdOf({ payload }: AnyEvent): string {
  const { block, blockId } = payload as {
    readonly block?: { readonly id: string };
    readonly blockId?: string;
  };
  return block?.id ?? blockId ?? '';
}

function countBy<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
