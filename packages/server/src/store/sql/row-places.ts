// What a row's checksum begins with, besides its body: the numbers that say where it belongs. An index that is damaged can
// lead to the row of another session: its own place tells.
import { crc32 } from 'node:zlib';
import type { SessionKey } from '../session-store.ts';
import type { BlockTable, EntryTable, SnapshotTable } from './schema.ts';

export type EntryPlace = Pick<EntryTable, 'after' | 'through' | 'epoch' | 'kind' | 'audience'>;

export function placeOfEntry(session: SessionKey, entry: EntryPlace): readonly number[] {
  return [session, entry.after, entry.through, entry.epoch, entry.kind, entry.audience];
}

export function placeOfBlock(
  session: SessionKey,
  block: Pick<BlockTable, 'conversation' | 'first_seq' | 'last_seq'>,
): readonly number[] {
  return [session, crc32(block.conversation), block.first_seq, block.last_seq];
}

export function placeOfRun(session: SessionKey, runId: string): readonly number[] {
  return [session, crc32(runId)];
}

export function placeOfSnapshot(
  session: SessionKey,
  snapshot: Pick<SnapshotTable, 'through' | 'state_version'>,
): readonly number[] {
  return [session, snapshot.through, snapshot.state_version];
}
