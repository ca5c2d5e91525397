import { isDeepStrictEqual } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { type AnyEvent, parseCursor, type SessionState } from '@perdure/protocol';
import { markOf } from './log-record.ts';
import type { SoakClient } from './soak-client.ts';

interface JudgeOptions {
  readonly url: string;
  readonly clients: readonly SoakClient[];
  readonly generation: (sessionId: string) => number;
}

interface Verdict {
  readonly wrong: readonly string[];
  /** Events that were compared. */
  readonly comparisons: number;
}

/** A place of the log of one life of a session up to which all was compared. */
interface Place {
  readonly generation: number;
  readonly cursor: string;
  readonly seq: number;
  /** The mark of the first event, which tells this life from the one before. */
  readonly first: number | undefined;
}

/** Longer than it takes to come back after a restart of the server. */
const PATIENCE_MS = 60_000;
const PAGE = 100;

/** Compares what clients have had with the log of the server, from where it was compared last to where the log ends now. */
export function judgeClients({ url, clients, generation }: JudgeOptions) {
  const places = new Map<string, Place>();
  const bySession = Map.groupBy(clients, ({ sessionId }) => sessionId);

  return async (isEnd: boolean): Promise<Verdict> => {
    const wrong: string[] = [];
    let comparisons = 0;
    for (const [sessionId, own] of bySession) {
      const before = generation(sessionId);
      const judged = await judgeSession(sessionId, own, isEnd);
      if (generation(sessionId) !== before) continue; // deleted meanwhile: its next life is compared next time
      wrong.push(...judged.wrong);
      comparisons += judged.comparisons;
    }
    return { wrong, comparisons };
  };

  async function judgeSession(
    sessionId: string,
    own: readonly SoakClient[],
    isEnd: boolean,
  ): Promise<Verdict> {
    const life = generation(sessionId);
    const known = places.get(sessionId);
    const from =
      known?.generation === life ? known : { generation: life, cursor: '0.0', seq: 0, first: undefined };
    const snapshot = await read<{ cursor: string; state: SessionState }>(`/v1/sessions/${sessionId}`);
    if (snapshot === undefined) return { wrong: [], comparisons: 0 };
    const head = parseCursor(snapshot.cursor)?.seq ?? 0;
    const server = await readMarks(sessionId, from, head);
    const first = from.first ?? server.get(1);
    const wrong: string[] = [];
    for (const client of own) {
      // One that was cut off learns late that its session was deleted, and that there is another of its name.
      const isThere = await until(
        () =>
          generation(sessionId) !== life || (client.record.last >= head && client.record.markAt(1) === first),
      );
      if (!isThere) wrong.push(`${sessionId}: a client is at ${client.record.last}, the log at ${head}`);
      wrong.push(...client.record.compare(server, from.seq, head).map((what) => `${sessionId}: ${what}`));
      if (isEnd && !isSame(client.state.conversations, snapshot.state.conversations))
        wrong.push(`${sessionId}: a client shows other conversations than the server`);
    }
    places.set(sessionId, { generation: life, cursor: snapshot.cursor, seq: head, first });
    return { wrong, comparisons: server.size * own.length };
  }

  async function readMarks(sessionId: string, from: Place, head: number): Promise<Map<number, number>> {
    const marks = new Map<number, number>();
    let cursor: string | null = null;
    do {
      const place: string = cursor === null ? `after=${from.cursor}` : `cursor=${encodeURIComponent(cursor)}`;
      const page = await read<{ items: AnyEvent[]; nextCursor: string | null }>(
        `/v1/sessions/${sessionId}/events?limit=${PAGE}&${place}`,
      );
      for (const event of page?.items ?? []) if (event.seq <= head) marks.set(event.seq, markOf(event));
      const last = page?.items.at(-1)?.seq ?? head;
      cursor = last >= head ? null : (page?.nextCursor ?? null);
    } while (cursor !== null);
    return marks;
  }

  /** Nothing where there is no such session now. Asks again while the server is away. */
  async function read<T>(path: string): Promise<T | undefined> {
    for (const endMs = performance.now() + PATIENCE_MS; ; await wait(100)) {
      const response = await fetch(url + path, { headers: { accept: 'application/json' } }).catch(
        () => undefined,
      );
      if (response?.ok) return (await response.json()) as T;
      const text = (await response?.text()) ?? 'no answer';
      if (response?.status === 404 || response?.status === 410) return undefined;
      if (performance.now() > endMs) throw new Error(`${path}: ${text}`);
    }
  }
}

const isSame = (a: unknown, b: unknown) => isDeepStrictEqual(JSON.parse(JSON.stringify(a)), b);

async function until(isSo: () => boolean): Promise<boolean> {
  for (const endMs = performance.now() + PATIENCE_MS; !isSo(); await wait(20))
    if (performance.now() > endMs) return false;
  return true;
}
