import type { JsonObject, SessionState } from '@perdure/protocol';
import type { SnapshotRow } from '../store/session-store.ts';
import { STATE_VERSION } from './session-state.ts';

/** What makes a state of a version one of the next, by the version it begins with. */
export type StateMigrations = { readonly [from: number]: (state: JsonObject) => JsonObject };

/** The first version in which a log could lose its beginning: of an older one there is no base. */
export const FIRST_BASE_VERSION = 2;

/** A step for each version from the first on to the one before `STATE_VERSION`; never changed once released. */
export const stateMigrations: StateMigrations = {};

/** The state that a base holds, as this release has it; `undefined`: the base is of a release that is newer, or of none. */
export function migrateState(
  { stateVersion, body }: Pick<SnapshotRow, 'stateVersion' | 'body'>,
  { to = STATE_VERSION, steps = stateMigrations } = {},
): SessionState | undefined {
  let state = JSON.parse(body) as JsonObject;
  let version = stateVersion;
  for (let step = steps[version]; version < to && step !== undefined; step = steps[version]) {
    state = step(state);
    version += 1;
  }
  return version === to ? (state as unknown as SessionState) : undefined;
}
