import type { SessionKey } from '../session-store.ts';
import { hasSoundFloor } from '../sql/floor-sum.ts';
import { storageDamaged } from '../sql/storage-damaged.ts';
import type { OnDamage } from './log-reader.ts';

/** What comes beside each row that is read above a floor. */
export interface AboveFloor {
  readonly floor: number;
  readonly floor_sum: number;
}

/** The floor that rows were read above; 0 where there is no session. Throws if it is not the one that was written. */
export function soundFloor(key: SessionKey, found: readonly AboveFloor[], onDamage: OnDamage): number {
  const [first] = found;
  if (first === undefined) return 0;
  const { floor, floor_sum } = first;
  if (hasSoundFloor({ id: key, floor, floor_sum })) return floor;
  onDamage('session', key);
  throw storageDamaged();
}

/** The rows that a session had to show above its floor. */
export function rowsAboveFloor<Row extends { readonly body: string }>(
  key: SessionKey,
  found: readonly (AboveFloor & Row)[],
  onDamage: OnDamage,
): Row[] {
  soundFloor(key, found, onDamage);
  return found.filter(({ body }) => body !== null);
}
