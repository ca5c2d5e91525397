import type { SessionKey } from '../session-store.ts';
import type { SessionColumns } from './schema.ts';
import { sumOf } from './sum-of.ts';
import type { WriteOutcome } from './write.ts';

/** A floor as it stands in its row. */
export type FloorColumns = Pick<SessionColumns, 'id' | 'floor' | 'floor_sum'>;

/**
 * The checksum kept beside a floor. It has one of its own because it alone takes rows away: one that a disk has spoilt would
 * hide what is whole, and let it be taken out. 0 for a log that is whole, as each one is that was written before there were
 * floors.
 */
export function sumOfFloor(key: SessionKey, floor: number): number {
  return floor === 0 ? 0 : sumOf('floor', [key, floor]);
}

/** Whether the floor of a row read from disk is what was written. */
export function hasSoundFloor({ id, floor, floor_sum }: FloorColumns): boolean {
  return Number.isSafeInteger(floor) && floor >= 0 && sumOfFloor(id, floor) === floor_sum;
}

/** For a write that would go by a floor that does not add up. */
export const floorStruck: WriteOutcome = {
  kind: 'failed',
  message: 'the floor of the session is not the one that was written',
  isDamage: true,
};
