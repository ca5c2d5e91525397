import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalWorkspace, type LocalWorkspaceOptions } from './local-workspace.ts';
import { isCode } from './open-in-workspace.ts';
import type { Workspace } from './workspace.ts';

/** Whose workspace it is. */
export interface WorkspaceOwner {
  readonly tenantId: string;
  readonly sessionId: string;
  /** Of the session: one that was deleted and made anew must not find what another left. */
  readonly createdAt: string;
}

interface IndexLine extends WorkspaceOwner {
  readonly name: string;
}

/**
 * The workspaces of sessions, side by side in one directory. Their names are made here, at random, and written down in
 * `index.jsonl`: no id that a client chose ever becomes a path, and after a restart each session finds its own again.
 *
 * One process at a time: it belongs to the owner of the data directory.
 */
export class LocalWorkspaces {
  readonly #directory: string;
  readonly #options: LocalWorkspaceOptions;
  #index: Promise<Map<string, string>> | undefined;
  readonly #opened = new Map<string, Promise<Workspace>>();

  constructor(directory: string, options: LocalWorkspaceOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** The workspace of a session: the one it had, or a new, empty one. */
  forSession(owner: WorkspaceOwner): Promise<Workspace> {
    const key = keyOf(owner);
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(owner);
    this.#opened.set(key, opening);
    opening.catch(() => this.#opened.delete(key)); // the next one may find the disk in order
    return opening;
  }

  async #open({ tenantId, sessionId, createdAt }: WorkspaceOwner): Promise<Workspace> {
    const owner = { tenantId, sessionId, createdAt };
    this.#index ??= this.#readIndex();
    this.#index.catch(() => {
      this.#index = undefined;
    });
    const index = await this.#index;
    const name = index.get(keyOf(owner)) ?? randomBytes(16).toString('hex');
    const directory = join(this.#directory, name);
    await mkdir(directory, { mode: 0o700, recursive: true });
    if (!index.has(keyOf(owner))) {
      await this.#note({ ...owner, name });
      index.set(keyOf(owner), name);
    }
    return new LocalWorkspace(directory, this.#options);
  }

  async #readIndex(): Promise<Map<string, string>> {
    await mkdir(this.#directory, { mode: 0o700, recursive: true });
    const text = await readFile(this.#indexPath, 'utf8').catch((error: unknown) => {
      if (isCode(error, 'ENOENT')) return '';
      throw error;
    });
    return new Map(text.split('\n').flatMap((line) => entryOf(line)));
  }

  async #note(line: IndexLine): Promise<void> {
    const handle: FileHandle = await open(this.#indexPath, 'a', 0o600);
    try {
      // A line before it may be cut off by a crash: this one begins anew.
      await handle.appendFile(`\n${JSON.stringify(line)}\n`);
      await handle.sync(); // before anything is in the directory: it would be lost with its name
    } finally {
      await handle.close();
    }
  }

  get #indexPath(): string {
    return join(this.#directory, 'index.jsonl');
  }
}

function keyOf({ tenantId, sessionId, createdAt }: WorkspaceOwner): string {
  return JSON.stringify([tenantId, sessionId, createdAt]);
}

/** A line of the index; nothing of one that is empty, cut off, or names what cannot be a name of ours. */
function entryOf(line: string): [string, string][] {
  try {
    const { name, ...owner } = JSON.parse(line) as IndexLine;
    return /^[0-9a-f]{32}$/.test(name) ? [[keyOf(owner), name]] : [];
  } catch {
    return [];
  }
}
