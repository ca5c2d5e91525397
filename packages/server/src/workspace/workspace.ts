/** Something in a workspace. Its path is relative, with `/` between the parts. */
export interface WorkspaceEntry {
  readonly path: string;
  /** `other` is what a workspace never opens: a link, a pipe, a device. */
  readonly kind: 'file' | 'directory' | 'other';
  /** Of a file. */
  readonly bytes: number;
}

export interface WorkspaceListing {
  /** Sorted by path, directories before what is in them. */
  readonly entries: readonly WorkspaceEntry[];
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

export interface WorkspaceText {
  readonly text: string;
  /** Of the whole file. */
  readonly bytes: number;
  /** Whether the file goes on after the text. */
  readonly isCut: boolean;
}

export interface WorkspaceMatch {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The line, cut where it is very long. */
  readonly text: string;
}

export interface WorkspaceMatches {
  readonly matches: readonly WorkspaceMatch[];
  readonly isCut: boolean;
}

export interface WorkspaceUsage {
  readonly files: number;
  readonly bytes: number;
}

/**
 * The files an agent works on: one directory, and nothing outside it. Paths are relative to it.
 *
 * W1. No path leads outside: not by `..`, not absolute, not over a link, and not by a link that is put there meanwhile.
 * W2. Only directories and regular files are opened, and opening never waits.
 * W3. A refusal is a `PerdureError`: `invalid-input` of a path, `payload-too-large` of a file, `limit-exceeded` of a quota.
 */
export interface Workspace {
  /** Where it is on this machine: the working directory of programs that run in it. */
  readonly directory: string;
  /** All that is under `path`, at most `maxEntries`. */
  list(path?: string, options?: { readonly maxEntries?: number | undefined }): Promise<WorkspaceListing>;
  /** A file as text; `undefined` if there is none. */
  read(
    path: string,
    options?: { readonly maxBytes?: number | undefined },
  ): Promise<WorkspaceText | undefined>;
  /** Lines that hold `words`, large and small letters alike, in files that are text. */
  search(
    words: string,
    options?: { readonly path?: string | undefined; readonly maxMatches?: number | undefined },
  ): Promise<WorkspaceMatches>;
  /** Makes or replaces a file, whole or not at all, with the directories above it. */
  write(path: string, text: string): Promise<{ readonly bytes: number; readonly isNew: boolean }>;
  usage(): Promise<WorkspaceUsage>;
  /** To be called when something else may have changed the files, such as a program: the quota is measured anew. */
  touched(): void;
}

/** What a workspace may hold. */
export interface WorkspaceLimits {
  readonly fileBytes: number;
  readonly bytes: number;
  readonly files: number;
}
