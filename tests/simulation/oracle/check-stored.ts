// I1, I3 At the end the disk holds what became durable: every kept row byte for byte, every command with its result, and of
// the rows that are gone none but deltas of blocks that are complete.
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
    let seq = 0;
    for (const row of stored.rows) {
      for (seq += 1; seq <= row.after; seq += 1)
        if (!session.compacted.has(seq))
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
