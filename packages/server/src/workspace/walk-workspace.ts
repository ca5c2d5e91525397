import type { HeldDirectory } from './open-in-workspace.ts';
import { isCode } from './open-in-workspace.ts';
import type { WorkspaceEntry } from './workspace.ts';

/** Deeper than that nobody looks: it ends walks that a program made endless. */
const MAX_WALK_DEPTH = 64;

export interface WalkedEntry extends WorkspaceEntry {
  readonly name: string;
  /** The directory it is in, open until the walk goes on. */
  readonly directory: HeldDirectory;
}

/** All that is under a directory, sorted, directories before what is in them. What vanishes meanwhile is left out. */
export async function* walkWorkspace(
  directory: HeldDirectory,
  prefix: string,
  depth = 0,
): AsyncGenerator<WalkedEntry> {
  const found = (await directory.entries()).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const dirent of found) {
    const { name } = dirent;
    const path = `${prefix}${name}`;
    if (dirent.isDirectory()) {
      yield { path, name, kind: 'directory', bytes: 0, directory };
      if (depth >= MAX_WALK_DEPTH) continue;
      const inner = await directory.directory(name).catch(() => undefined); // gone, or no directory any more
      if (inner === undefined) continue;
      try {
        yield* walkWorkspace(inner, `${path}/`, depth + 1);
      } finally {
        await inner.close();
      }
    } else {
      const stats = dirent.isFile() ? await directory.stat(name).catch(ignoreGone) : undefined;
      if (dirent.isFile() && stats === undefined) continue;
      yield { path, name, kind: stats?.isFile() ? 'file' : 'other', bytes: stats?.size ?? 0, directory };
    }
  }
}

function ignoreGone(error: unknown): undefined {
  if (isCode(error, 'ENOENT')) return undefined;
  throw error;
}
