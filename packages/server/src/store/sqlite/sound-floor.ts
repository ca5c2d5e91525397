import type Database from 'better-sqlite3';
import type { SessionKey } from '../session-store.ts';
import { hasSoundFloor } from '../sql/floor-sum.ts';
import { storageDamaged } from '../sql/storage-damaged.ts';

/** The floor of a row of `session` in a statement: only as it was written, or the statement fails as damaged. */
export const SOUND_FLOOR = 'sound_floor(id, floor, floor_sum)';

/** Gives the statements of a connection the function. `onDamage` is told of a session whose floor does not add up. */
export function addSoundFloor(db: Database.Database, onDamage: (key: SessionKey) => void): void {
  const soundFloor = (id: number, floor: number, floor_sum: number) => {
    if (hasSoundFloor({ id, floor, floor_sum })) return floor;
    onDamage(id);
    throw storageDamaged();
  };
  db.function('sound_floor', { deterministic: true, directOnly: true }, soundFloor as never);
}
