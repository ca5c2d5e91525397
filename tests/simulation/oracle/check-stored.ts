// I1, I3 At the end the disk holds what became durable: every kept row byte for byte, every command with its result, and of
// the rows that are gone none but deltas of blocks that are complete, and what ends at the floor or below it, for which a base
// stands.
import type { SimulatedDisk } from '../disk/simulated-disk.ts';
import { isThere } from '../disk/disk-image.ts';
import type { Ledger } from './ledger.ts';
import type { Fail } from './violation.ts';

export function checkStored(disk: SimulatedDisk, ledger: Ledger, fail: Fail): undefined {
  for (const session of ledger.sessions.values()) {
    if (session.isDeleted) continue;
    const stored = disk.image.sessions.get(session.key);
    if (!isThere(stored)) return fail('I1', `The session ${session.id} is gone from the disk.`);
    if (stored.columns.head !== session.head)
      return fail(
        'I1',
        `The disk has ${session.id} up to ${stored.columns.head}, ${session.head} became durable.`,
      );
    const base = stored.snapshot?.through ?? 0;
    if (stored.columns.floor !== session.floor || base < session.floor)
      return fail(
        'I3',
        `The disk has the floor of ${session.id} at ${stored.columns.floor} with a base at ${base}; it is ${session.floor}.`,
      );
    let seq = 0;
    for (const row of stored.rows) {
      for (seq += 1; seq <= row.after; seq += 1)
        if (!session.compacted.has(seq) && seq > session.floor)
          return fail('I3', `Event ${seq} of ${session.id} is gone from the disk.`);
      const texts = session.events.slice(row.after, row.through).map(({ text }) => text);
      if (row.body !== texts.join(',\t'))
        return fail('I3', `The row up to ${row.through} of ${session.id} has changed.`);
      seq = row.through;
    }
    for (const [key, { result }] of session.commands)
      if (stored.commands.get(key)?.result !== result)
        return fail(
          'I1',
          `The command ${key.replace('\0', ' ')} of ${session.id} is not on the disk as it was.`,
        );
  }
}
