import {
  type AnyEvent,
  emptySessionState,
  reduceSession,
  type SessionState as State,
  windowSessionState,
} from '@perdure/protocol';
import { migrateState } from '../session/migrate-state.ts';
import { STATE_VERSION, SessionState } from '../session/session-state.ts';
import { splitEvents } from '../session/row-body.ts';
import { baseDamaged, baseNewer, sessionDeleted } from './host-errors.ts';
import type { SessionRecord, SessionStore } from '../store/session-store.ts';

/** Log read at once while folding: enough to be quick, little enough to let others in between. */
const PAGE_BYTES = 1_048_576;

export interface LoadedState {
  /** The record that the state is of: a later one than was given, if the beginning of the log went meanwhile. */
  readonly record: SessionRecord;
  readonly state: SessionState;
  /** Length of what was folded on the snapshot. */
  readonly folded: number;
}

/** A session's state, read from its snapshot and the rows after it. Writes nothing and claims nothing. */
export async function loadState(store: SessionStore, record: SessionRecord): Promise<LoadedState> {
  for (let known = record; ; ) {
    const loaded = await foldLog(store, known);
    if (loaded !== undefined) return loaded;
    const fresh = await store.get(record.key);
    if (fresh === undefined) throw sessionDeleted(record.id);
    if (fresh.head === known.head && fresh.floor === known.floor) throw baseDamaged(record.id);
    known = fresh;
  }
}

/** `undefined`: rows that were to be folded are not kept any more, or deltas that the record ends in were taken out since. */
async function foldLog(store: SessionStore, record: SessionRecord): Promise<LoadedState | undefined> {
  const start = await startOf(store, record);
  if (start === undefined) return undefined;
  let { state, through } = start;
  let folded = 0;
  while (through < record.head) {
    const { rows, floor } = await store.read(record.key, through, PAGE_BYTES);
    if (floor > through) return undefined;
    const [first] = rows;
    if (first !== undefined && first.after >= record.head) return undefined;
    if (first === undefined) {
      // The log ends in deltas that were taken out, or all of it is gone.
      if ((await store.get(record.key)) === undefined) throw sessionDeleted(record.id);
      break;
    }
    for (const row of rows) {
      if (row.after >= record.head) break;
      if (row.body !== null && row.audience === 'client') state = foldRow(state, row.body, through);
      through = Math.min(row.through, record.head);
      folded += row.body?.length ?? 0;
    }
    state = windowSessionState(state);
  }
  return { record, state: new SessionState(state, record.head), folded };
}

interface Start {
  readonly state: State;
  readonly through: number;
}

/** While the log is whole, a snapshot only saves work; else it is the base, without which there is no state. */
async function startOf(store: SessionStore, record: SessionRecord): Promise<Start | undefined> {
  const snapshot = await store.snapshot(record.key);
  if (record.floor === 0) {
    const isCurrent = snapshot?.stateVersion === STATE_VERSION && snapshot.through <= record.head;
    if (!isCurrent) return { state: recorded(record), through: 0 };
    return { state: JSON.parse(snapshot.body) as State, through: snapshot.through };
  }
  const isBase =
    snapshot !== undefined && snapshot.through >= record.floor && snapshot.through <= record.head;
  if (!isBase) return undefined;
  const state = migrateState(snapshot);
  if (state === undefined) throw baseNewer(record.id);
  return { state, through: snapshot.through };
}

/** What the record tells stands here should the row of an event that told it be damaged. */
function recorded(record: SessionRecord): State {
  const { id, ownerId, agent, swarm, parentId, title, tags, metadata, archived, createdAt } = record;
  return {
    ...emptySessionState(id),
    ...{ ownerId, agent, title, tags: [...tags], metadata, archived, createdAt },
    ...(swarm === undefined ? {} : { swarm }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}

function foldRow(state: State, body: string, after: number): State {
  const events = splitEvents(body).map((text) => JSON.parse(text) as AnyEvent);
  return events.filter((event) => event.seq > after).reduce(reduceSession, state);
}
