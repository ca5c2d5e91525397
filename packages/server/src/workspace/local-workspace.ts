import { PerdureError } from '@perdure/protocol';
import { type Addressing, type HeldDirectory, isCode, openInWorkspace } from './open-in-workspace.ts';
import { readHead, readLines, replaceFile } from './workspace-file.ts';
import { walkWorkspace } from './walk-workspace.ts';
import type {
  Workspace,
  WorkspaceEntry,
  WorkspaceLimits,
  WorkspaceListing,
  WorkspaceMatch,
  WorkspaceMatches,
  WorkspaceText,
  WorkspaceUsage,
} from './workspace.ts';
import { refused, segmentsOf } from './workspace-path.ts';

export const defaultWorkspaceLimits: WorkspaceLimits = {
  fileBytes: 16_777_216, // what a tool reads and writes is text; builds may leave larger files
  bytes: 1_073_741_824,
  files: 50_000,
};

/** As much as an event can hold with room to spare: what is read ends up in the log. */
const READ_BYTES = 262_144;
/** Larger files are data, not text that people search. */
const SEARCHED_BYTES = 1_048_576;
const MATCHED_LINE_CHARACTERS = 200;
const LISTED_ENTRIES = 1_000;
const SEARCH_MATCHES = 100;

export interface LocalWorkspaceOptions {
  readonly limits?: Partial<WorkspaceLimits> | undefined;
  /** For tests: how directories are named where the better way is missing. */
  readonly addressing?: Addressing | undefined;
}

/** A directory of this machine as a workspace. Each access opens what it needs by `openInWorkspace` and nothing else. */
export class LocalWorkspace implements Workspace {
  readonly directory: string;
  readonly #limits: WorkspaceLimits;
  readonly #addressing: { readonly addressing?: Addressing };
  #usage: Promise<WorkspaceUsage> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(directory: string, { limits, addressing }: LocalWorkspaceOptions = {}) {
    this.directory = directory;
    this.#limits = { ...defaultWorkspaceLimits, ...limits };
    this.#addressing = addressing === undefined ? {} : { addressing };
  }

  async list(path = '', { maxEntries = LISTED_ENTRIES } = {}): Promise<WorkspaceListing> {
    const entries: WorkspaceEntry[] = [];
    const segments = segmentsOf(path);
    return this.#in(segments, async (directory) => {
      for await (const { path: found, kind, bytes } of walkWorkspace(directory, prefixOf(segments))) {
        if (entries.length >= maxEntries) return { entries, isCut: true };
        entries.push({ path: found, kind, bytes });
      }
      return { entries, isCut: false };
    });
  }

  async read(path: string, { maxBytes = READ_BYTES } = {}): Promise<WorkspaceText | undefined> {
    const { parents, name } = placeOf(path);
    return this.#in(parents, async (directory) => {
      const handle = await directory.file(name);
      try {
        const { size } = await handle.stat();
        const head = await readHead(handle, Math.min(maxBytes, size));
        if (head.includes(0)) throw refused(path, 'it is not a text file');
        // Cut in the middle of a character, the rest of it is left out.
        const text = new TextDecoder().decode(head, { stream: head.length < size });
        return { text, bytes: size, isCut: head.length < size };
      } finally {
        await handle.close();
      }
    }).catch(ignoreMissing);
  }

  async search(
    words: string,
    {
      path = '',
      maxMatches = SEARCH_MATCHES,
    }: { path?: string | undefined; maxMatches?: number | undefined } = {},
  ): Promise<WorkspaceMatches> {
    const matches: WorkspaceMatch[] = [];
    const segments = segmentsOf(path);
    const wanted = words.toLowerCase();
    if (wanted === '') return { matches, isCut: false };
    return this.#in(segments, async (directory) => {
      for await (const entry of walkWorkspace(directory, prefixOf(segments))) {
        if (entry.kind !== 'file' || entry.bytes > SEARCHED_BYTES) continue;
        for (const [index, line] of (
          await readLines(entry.directory, entry.name, SEARCHED_BYTES)
        ).entries()) {
          if (!line.toLowerCase().includes(wanted)) continue;
          if (matches.length >= maxMatches) return { matches, isCut: true };
          matches.push({ path: entry.path, line: index + 1, text: line.slice(0, MATCHED_LINE_CHARACTERS) });
        }
      }
      return { matches, isCut: false };
    });
  }

  write(path: string, text: string): Promise<{ bytes: number; isNew: boolean }> {
    // One after another: two writes that each fit the quota may not fit it together.
    const written = this.#writing.then(() => this.#write(path, text));
    this.#writing = written.catch(() => {});
    return written;
  }

  usage(): Promise<WorkspaceUsage> {
    this.#usage ??= this.#measure();
    this.#usage.catch(() => this.touched());
    return this.#usage;
  }

  touched(): void {
    this.#usage = undefined;
  }

  async #write(path: string, text: string): Promise<{ bytes: number; isNew: boolean }> {
    const { parents, name } = placeOf(path);
    const content = Buffer.from(text);
    const { fileBytes } = this.#limits;
    if (content.length > fileBytes) {
      throw new PerdureError('payload-too-large', `A file of a workspace has at most ${fileBytes} bytes.`, {
        details: { limit: 'fileBytes', max: fileBytes, current: content.length },
      });
    }
    return this.#in(
      parents,
      async (directory, made) => {
        const before = await directory.stat(name);
        if (before !== undefined && !before.isFile()) throw refused(path, 'it is not a regular file');
        const { files, bytes } = await this.usage();
        const after = {
          files: files + made + (before === undefined ? 1 : 0),
          bytes: bytes - (before?.size ?? 0) + content.length,
        };
        if (made > 0) this.touched(); // should the write fail now, they are there all the same
        this.#checkQuota(after);
        await replaceFile(directory, name, content, before?.mode);
        this.#usage = Promise.resolve(after);
        return { bytes: content.length, isNew: before === undefined };
      },
      { makes: true },
    );
  }

  #checkQuota(after: WorkspaceUsage): void {
    for (const limit of ['files', 'bytes'] as const) {
      const max = this.#limits[limit];
      if (after[limit] <= max) continue;
      throw new PerdureError(
        'limit-exceeded',
        `A workspace has at most ${max} ${limit}: delete some first.`,
        {
          details: { limit, max, current: after[limit] },
        },
      );
    }
  }

  #measure(): Promise<WorkspaceUsage> {
    return this.#in([], async (directory) => {
      let [files, bytes] = [0, 0];
      for await (const entry of walkWorkspace(directory, '')) {
        files++; // a directory too: it is the number of names that a disk runs out of
        bytes += entry.bytes;
      }
      return { files, bytes };
    });
  }

  #in<T>(
    segments: readonly string[],
    use: (directory: HeldDirectory, made: number) => Promise<T>,
    options: { makes?: boolean } = {},
  ): Promise<T> {
    return openInWorkspace(this.directory, segments, use, { ...options, ...this.#addressing });
  }
}

function placeOf(path: string): { readonly parents: readonly string[]; readonly name: string } {
  const segments = segmentsOf(path);
  const name = segments.at(-1);
  if (name === undefined) throw refused(path, 'it names no file');
  return { parents: segments.slice(0, -1), name };
}

function prefixOf(segments: readonly string[]): string {
  return segments.map((segment) => `${segment}/`).join('');
}

function ignoreMissing(error: unknown): undefined {
  if (isCode(error, 'ENOENT')) return undefined;
  throw error;
}
