import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyEvent } from '@perdure/client';
import { type AgentRuntime, createAgentRuntime } from '@perdure/server';
import agents from './agents.config.ts';
import type { Damage } from './damages.ts';
import { findSessions, type Found, type OriginalSession, stateText } from './original-sessions.ts';
import { databaseFiles, type WrittenDatabase } from './written-database.ts';

/** What became of a server on a database that was damaged. */
export interface Examined {
  readonly outcome: 'refused' | 'damage told' | 'end lost' | 'nothing seen';
  /** What must never be, in words. */
  readonly violations: readonly string[];
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what is examined
  readonly body: any;
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** One in so many of the sessions that are whole is read: by turns, so that hundreds of damages ask for each of them. */
const SOUND_PART = 4;

/**
 * Starts a server of this process on what is left, and holds what it shows against what was there: every session that was
 * struck, and in the turn of this damage some that were not.
 */
export async function examineDamaged(
  directory: string,
  written: WrittenDatabase,
  { damage, turn }: { readonly damage: Damage; readonly turn: number },
): Promise<Examined> {
  const found = findSessions(directory, written.sessions);
  const before = filesIn(directory);
  const startedAt = new Date().toISOString();
  const runtime = createAgentRuntime({ ...agents, store: { type: 'sqlite', directory }, logger: 'silent' });
  try {
    await runtime.start();
  } catch (error) {
    await runtime.shutdown({ deadlineMs: 5_000 });
    return { outcome: 'refused', violations: refusal(error, before.equals(filesIn(directory))) };
  }
  try {
    return await examineRunning({ ask: asker(runtime), written, damage, turn, found, startedAt });
  } finally {
    await runtime.shutdown({ deadlineMs: 5_000 });
  }
}

function refusal(error: unknown, isUnharmed: boolean): string[] {
  const { code, message } = Object(error);
  return [
    ...(code === 'database-damaged' && String(message).includes('Restore a backup')
      ? []
      : [`the start was refused as ${code}: ${message}`]),
    ...(isUnharmed ? [] : ['the refused files were changed']),
  ];
}

async function examineRunning(parts: {
  readonly ask: Ask;
  readonly written: WrittenDatabase;
  readonly damage: Damage;
  readonly turn: number;
  readonly found: Found;
  readonly startedAt: string;
}): Promise<Examined> {
  const { ask, written, damage, turn, startedAt } = parts;
  const { sound, struck } = parts.found;
  const violations: string[] = [];
  const isLog = damage.file === 'perdure.db-wal';
  let [isTold, isEndLost] = [false, false];
  const whole = written.sessions.find(({ id }) => sound.has(id));
  const asked = written.sessions.filter(
    (session, index) => session === whole || !sound.has(session.id) || (index + turn) % SOUND_PART === 0,
  );
  const looks = asked.map(async (session) => ({
    session,
    // In every way what was struck, and one that was not.
    seen: await look(ask, session, startedAt, session === whole || !sound.has(session.id)),
  }));
  for (const { session, seen } of await Promise.all(looks)) {
    violations.push(...seen.violations.map((violation) => `${session.id}: ${violation}`));
    const isRefused = seen.refused.length > 0;
    if (isRefused || seen.marks > 0) isTold = true;
    if (sound.has(session.id) && (isRefused || seen.isAbsent || seen.marks + seen.missing.length > 0)) {
      const { refused, isAbsent, marks, missing } = seen;
      const what = JSON.stringify({ refused, isAbsent, marks, missing });
      violations.push(`${session.id} is whole on the disk, and was not shown whole: ${what}`);
    }
    // A log of writes that ends early may bring back an older base, which is as good.
    if (struck.has(session.id) && !isLog && !isRefused && !seen.isAbsent) {
      violations.push(`${session.id} has another floor or base than it had, and nothing tells so`);
    }
    if (seen.isAbsent && !(isLog && written.lateIds.includes(session.id))) {
      violations.push(`${session.id} is said not to exist`);
    }
    if (seen.missing.length > 0 && !isRefused) {
      isEndLost = true;
      const last = Math.max(0, ...seen.shown);
      if (seen.missing.some((seq) => seq < last))
        violations.push(`${session.id} has holes that nothing marks: ${seen.missing}`);
      else if (!isLog) violations.push(`${session.id} ends at ${last} and nothing tells of what is missing`);
    }
  }
  violations.push(...(await listAndWrite(ask, written, sound)));
  const { body } = await ask('GET', '/readyz');
  if (isTold && body.status !== 'degraded')
    violations.push(`damage was met, and it says it is ${body.status}`);
  const isDegraded = body.status === 'degraded';
  if (isTold || isDegraded) return { outcome: 'damage told', violations };
  return { outcome: isEndLost ? 'end lost' : 'nothing seen', violations };
}

interface Seen {
  readonly violations: readonly string[];
  /** What was asked for and refused as damaged. */
  readonly refused: readonly string[];
  readonly isAbsent: boolean;
  readonly marks: number;
  readonly shown: readonly number[];
  /** Seqs of what was kept and is neither shown nor marked. */
  readonly missing: readonly number[];
}

/** Reads all there is of a session; in every way there is, if asked to. */
async function look(
  ask: Ask,
  session: OriginalSession,
  startedAt: string,
  inEveryWay: boolean,
): Promise<Seen> {
  const violations: string[] = [];
  const path = `/v1/sessions/${session.id}`;
  const shown = new Set<number>();
  const marked = new Set<number>();
  const refused: string[] = [];
  let [isAbsent, isNew, marks] = [false, false, 0];
  const judge = ({ status, body }: Answer, asked: string): boolean => {
    if (status === 200) return true;
    const code = body.error?.code;
    if (status === 410 && code === 'storage-damaged') refused.push(asked);
    else if (status === 404 && code === 'session-not-found') isAbsent = true;
    else violations.push(`${asked} answered ${status} ${code}`);
    return false;
  };
  const take = (event: AnyEvent) => {
    if (event.type === 'session:corrupt') {
      marks += 1;
      const { after, through } = event.payload as { after: number; through: number };
      // The end of a log may be struck itself, and then be anywhere: the mark goes as far as that.
      if (through - after > 100_000 && through !== told.head)
        violations.push(`a mark of ${through - after} events`);
      for (let seq = after + 1; seq <= Math.min(through, after + 100_000); seq += 1) marked.add(seq);
      return;
    }
    const text = JSON.stringify(event);
    if (event.seq <= session.floor) violations.push(`${event.seq} is shown, and is not kept`);
    if (session.events.get(event.seq) === text) {
      shown.add(event.seq);
      if (isNew) violations.push(`${event.seq} of before stands behind what is new`);
    } else if (event.at >= startedAt) isNew = true;
    else violations.push(`${event.seq} is shown as ${text}, it was ${session.events.get(event.seq)}`);
  };
  const { status, body: told } = await ask('GET', path);
  judge({ status, body: told }, path);
  for (const part of inEveryWay ? ['/blocks?limit=100', '/runs?limit=100'] : [])
    judge(await ask('GET', path + part), path + part);
  for (const order of inEveryWay ? ['asc', 'desc'] : ['asc']) {
    let cursor: string | null = '';
    isNew = false;
    const events: AnyEvent[] = [];
    for (let pages = 0; cursor !== null; pages += 1) {
      const place: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: Answer = await ask('GET', `${path}/events?limit=100&order=${order}${place}`);
      if (!judge(page, `${path}/events`)) break;
      events.push(...page.body.items);
      cursor = page.body.nextCursor;
      if (pages > 100) {
        violations.push('its pages never end');
        break;
      }
    }
    for (const event of order === 'asc' ? events : events.reverse()) take(event);
  }
  const missing = isAbsent ? [] : session.kept.filter((seq) => !shown.has(seq) && !marked.has(seq));
  const isCut = session.floor > 0 && status === 200 && refused.length + marks + missing.length === 0;
  if (isCut && stateText(told.state) !== session.state)
    violations.push(`its state is told as ${stateText(told.state)}, it was ${session.state}`);
  return { violations, refused, isAbsent, marks, shown: [...shown], missing };
}

/** The list has what is whole; a session that is, and one that is not, answer a message as they should. */
async function listAndWrite(
  ask: Ask,
  written: WrittenDatabase,
  sound: ReadonlySet<string>,
): Promise<string[]> {
  const violations: string[] = [];
  const list = await ask('GET', '/v1/sessions?limit=100');
  if (list.status === 200) {
    const ids = new Set(list.body.items.map(({ id }: { id: string }) => id));
    for (const id of sound) if (!ids.has(id)) violations.push(`${id} is whole, and in no list`);
  } else if (list.body.error?.code !== 'storage-damaged') {
    violations.push(`the list answered ${list.status} ${list.body.error?.code}`);
  }
  const ids = written.sessions.map(({ id }) => id);
  const addressed = [ids.find((id) => sound.has(id)), ids.find((id) => !sound.has(id))];
  for (const id of addressed.filter((found) => found !== undefined)) {
    const { status, body } = await ask('POST', `/v1/sessions/${id}/messages`, {
      content: 'still there',
      run: false,
    });
    const code = body.error?.code;
    const isTyped = ['storage-damaged', 'session-not-found'].includes(code);
    if (status !== 202 && !isTyped) violations.push(`a message to ${id} answered ${status} ${code}`);
  }
  return violations;
}

function asker(runtime: AgentRuntime): Ask {
  const environment = { incoming: { socket: { localAddress: '127.0.0.1' } } };
  return async (method, path, body) => {
    const request = new Request(`http://localhost${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const response = await runtime.fetch(request, environment);
    return { status: response.status, body: await response.json() };
  };
}

function filesIn(directory: string): Buffer {
  const paths = databaseFiles.map((file) => join(directory, file));
  return Buffer.concat(paths.map((path) => (existsSync(path) ? readFileSync(path) : Buffer.from('gone'))));
}
