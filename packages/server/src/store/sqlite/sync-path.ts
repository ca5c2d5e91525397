import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Puts a file, or the names in a directory, on the disk. Never for a database that is open: see `DirectoryLock`. */
export function syncPath(path: string): void {
  // Windows opens no directories; its journal keeps names by itself.
  if (process.platform === 'win32') return;
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
