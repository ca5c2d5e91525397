import {
  type AnyEvent,
  emptySessionState,
  reduceSession,
  type SessionState as State,
  windowSessionState,
} from '@perdure/protocol';
import { STATE_VERSION, SessionState } from '../session/session-state.ts';
import { splitEvents } from '../session/row-body.ts';
import { sessionDeleted } from './host-errors.ts';
import type { SessionRecord, SessionStore } from '../store/session-store.ts';

/** Log read at once while folding: enough to be quick, little enough to let others in between. */
const PAGE_BYTES = 1_048_576;

export interface LoadedState {
  readonly state: SessionState;
  /** Length of what was folded on the snapshot. */
  readonly folded: number;
}

/** A session's state, read from its snapshot and the rows after it. Writes nothing and claims nothing. */
export async function loadState(store: SessionStore, record: SessionRecord): Promise<LoadedState> {
  let folded = 0;
  let { state, through } = await startOf(store, record);
  while (through < record.head) {
    const { rows } = await store.read(record.key, through, PAGE_BYTES);
    if (rows.length === 0) {
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
  return { state: new SessionState(state, record.head), folded };
}

async function startOf(
  store: SessionStore,
  record: SessionRecord,
): Promise<{ state: State; through: number }> {
  const snapshot = await store.snapshot(record.key);
  if (snapshot?.stateVersion === STATE_VERSION && snapshot.through <= record.head) {
    return { state: JSON.parse(snapshot.body) as State, through: snapshot.through };
  }
  return { state: recorded(record), through: 0 };
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
