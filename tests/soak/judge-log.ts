import { createPerdureClient } from '@perdure/client';
import type { AnyEvent, SessionEvent } from '@perdure/protocol';
import type { Accepted } from './talkers.ts';

const types = [
  'message:queued',
  'run:started',
  'run:completed',
  'run:failed',
  'run:cancelled',
  'run:interrupted',
] as const;

/** What is wrong with the log of a session in which nothing is under way any more. */
export async function judgeLog(
  url: string,
  sessionId: string,
  accepted: readonly Accepted[],
): Promise<readonly string[]> {
  const client = createPerdureClient({ url });
  const session = client.session(sessionId);
  const events: AnyEvent[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const place: { readonly cursor?: string } = cursor === undefined ? {} : { cursor };
    const page: { readonly items: readonly AnyEvent[]; readonly nextCursor: string | null } =
      await session.eventPage({ types: [...types], limit: 100, ...place });
    events.push(...page.items);
    cursor = page.nextCursor;
  }
  client.close();
  return [...wrongRuns(events), ...wrongMessages(events, accepted)].map((what) => `${sessionId}: ${what}`);
}

/** Each run that began has ended, once. */
function wrongRuns(events: readonly AnyEvent[]): readonly string[] {
  const ends = new Map<string, number>();
  for (const { type, runId = '' } of events) {
    if (type === 'run:started') ends.set(runId, ends.get(runId) ?? 0);
    else if (type !== 'message:queued') ends.set(runId, (ends.get(runId) ?? 0) + 1);
  }
  return [...ends]
    .filter(([, count]) => count !== 1)
    .map(([runId, count]) => `run ${runId} ended ${count} times`);
}

/** Each message that was taken is there, once. */
function wrongMessages(events: readonly AnyEvent[], accepted: readonly Accepted[]): readonly string[] {
  const found = new Map<string, number>();
  for (const event of events) {
    if (event.type !== 'message:queued') continue;
    const { commandId } = event.payload as SessionEvent<'message:queued'>['payload'];
    found.set(commandId, (found.get(commandId) ?? 0) + 1);
  }
  const counts = accepted.map(({ commandId }) => [commandId, found.get(commandId) ?? 0] as const);
  const twice = [...found].filter(([, count]) => count > 1);
  return [...counts.filter(([, count]) => count === 0), ...twice].map(
    ([commandId, count]) => `${commandId} was taken, and is there ${count} times`,
  );
}
