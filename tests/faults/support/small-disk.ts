import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
}

const CHUNK_BYTES = 65_536;

/** A disk of so many MiB in memory. */
export function smallDisk(parent: string, sizeMib: number): SmallDisk {
  const path = join(parent, 'disk');
  const ballast = join(path, 'ballast');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', path]);
  return {
    path,
    fill: () => {
      const file = openSync(ballast, 'a');
      for (let bytes = CHUNK_BYTES; bytes >= 1; ) {
        try {
          writeSync(file, Buffer.alloc(bytes));
        } catch {
          bytes = Math.floor(bytes / 2);
        }
      }
      closeSync(file);
    },
    empty: () => rmSync(ballast, { force: true }),
    [Symbol.dispose]: () => execFileSync('umount', ['-l', path]),
  };
}
