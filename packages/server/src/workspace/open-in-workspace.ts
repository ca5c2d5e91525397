import { constants, type Dirent, existsSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { refused } from './workspace-path.ts';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY } = constants;

/** How a held directory is named to the system: by its descriptor, or by the path it had when it was opened. */
export type Addressing = 'descriptor' | 'path';

/**
 * A directory that is held open. On Linux everything in it is reached through its descriptor, so whatever is renamed or
 * linked meanwhile, it stays the same directory: the walk down never leaves the root.
 *
 * Where descriptors have no path, names are resolved from the path again, and what was opened is compared with what the
 * path leads to afterwards. That is weaker: who swaps a link in and out again between the two can have a file opened
 * outside, though only by winning the race twice.
 */
export class HeldDirectory {
  readonly #handle: FileHandle | undefined;
  readonly #path: string;
  readonly #addressing: Addressing;

  private constructor(handle: FileHandle | undefined, path: string, addressing: Addressing) {
    this.#handle = handle;
    this.#path = path;
    this.#addressing = addressing;
  }

  /** Opens a directory that is trusted, with all that leads to it. */
  static async open(directory: string, addressing = bestAddressing()): Promise<HeldDirectory> {
    const path = await realpath(directory);
    return new HeldDirectory(await openDirectory(path), path, addressing);
  }

  /** Opens a directory in this one. Rejects with `ENOENT` if there is none, and refuses what is no directory. */
  async directory(name: string): Promise<HeldDirectory> {
    const handle = await refusing(name, openDirectory(this.#at(name)));
    const path = `${this.#path}/${name}`;
    await this.#checkPlace(handle, path, name);
    return new HeldDirectory(handle, path, this.#addressing);
  }

  /** Opens a regular file in this directory, following no link and waiting for nobody. */
  async file(name: string, flags: number = O_RDONLY, mode = 0o600): Promise<FileHandle> {
    const handle = await refusing(name, open(this.#at(name), flags | O_NOFOLLOW | O_NONBLOCK, mode));
    try {
      if (!(await handle.stat()).isFile()) throw refused(name, 'it is not a regular file');
    } catch (error) {
      await handle.close();
      throw error;
    }
    await this.#checkPlace(handle, `${this.#path}/${name}`, name);
    return handle;
  }

  /** What stands there, a link as the link it is; `undefined` if nothing does. */
  async stat(name: string): Promise<Stats | undefined> {
    return lstat(this.#at(name)).catch((error: unknown) => {
      if (isCode(error, 'ENOENT')) return undefined;
      throw error;
    });
  }

  entries(): Promise<Dirent[]> {
    return readdir(this.#at('.'), { withFileTypes: true });
  }

  /** False: something of that name is there. */
  async makeDirectory(name: string): Promise<boolean> {
    try {
      await mkdir(this.#at(name), { mode: 0o700 });
      return true;
    } catch (error) {
      if (isCode(error, 'EEXIST')) return false;
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.#at(from), this.#at(to));
  }

  async remove(name: string): Promise<void> {
    await rm(this.#at(name), { force: true });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  #at(name: string): string {
    const isHeld = this.#addressing === 'descriptor' && this.#handle !== undefined;
    return `${isHeld ? `/proc/self/fd/${this.#handle?.fd}` : this.#path}/${name}`;
  }

  /** The check after the opening, where there is no descriptor to go by. */
  async #checkPlace(handle: FileHandle | undefined, path: string, name: string): Promise<void> {
    if (this.#addressing === 'descriptor') return;
    try {
      const [real, there, held] = await Promise.all([realpath(path), lstat(path), handle?.stat()]);
      const isSame = held === undefined || (held.ino === there.ino && held.dev === there.dev);
      if (real !== path || !isSame) throw refused(name, 'a link leads to it');
    } catch (error) {
      await handle?.close();
      throw error;
    }
  }
}

/** Windows opens no directories: there the path alone is held. */
async function openDirectory(path: string): Promise<FileHandle | undefined> {
  if (O_DIRECTORY === 0) return undefined;
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
}

function bestAddressing(): Addressing {
  return process.platform === 'linux' && existsSync('/proc/self/fd') ? 'descriptor' : 'path';
}

/** A link is told by the system in three ways, and a pipe that nobody reads by a fourth. */
async function refusing<T>(name: string, opening: Promise<T>): Promise<T> {
  return opening.catch((error: unknown) => {
    if (isCode(error, 'ELOOP') || isCode(error, 'EMLINK')) throw refused(name, 'it is a link');
    if (isCode(error, 'ENOTDIR')) throw refused(name, 'it is not a directory');
    if (isCode(error, 'ENXIO') || isCode(error, 'EISDIR')) throw refused(name, 'it is not a regular file');
    throw error;
  });
}

/** Whether the system said so. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * Walks from the root of a workspace to the directory that the segments name and does something there. Every step is
 * opened from the one before; all of them are closed again.
 */
export async function openInWorkspace<T>(
  root: string,
  segments: readonly string[],
  /** Gets the directory, and how many were made on the way. */
  use: (directory: HeldDirectory, made: number) => Promise<T>,
  options: { readonly makes?: boolean; readonly addressing?: Addressing } = {},
): Promise<T> {
  let directory = await HeldDirectory.open(root, options.addressing);
  let made = 0;
  try {
    for (const segment of segments) {
      if (options.makes && (await directory.makeDirectory(segment))) made++;
      const next = await directory.directory(segment);
      await directory.close();
      directory = next;
    }
    return await use(directory, made);
  } finally {
    await directory.close();
  }
}
