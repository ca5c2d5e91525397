// What a host that is to be killed is told on its input, and what it says on its output, one line each.

/** What the host is doing right now. */
export const phases = [
  'opening',
  'recovering',
  'working',
  'checkpoint',
  'snapshot',
  'compaction',
  'backup',
] as const;
export type Phase = (typeof phases)[number];

export interface HostOrder {
  readonly base: string;
  /** How many hosts had the directory before, and one: what it writes differs from what they wrote. */
  readonly life: number;
  /** Where the reader of each session is. */
  readonly cursors: Readonly<Record<string, string>>;
}

export type HostReport =
  | { readonly say: 'phase'; readonly phase: Phase }
  | { readonly say: 'submits'; readonly id: string; readonly commandId: string; readonly content: string }
  | {
      readonly say: 'accepted';
      readonly id: string;
      readonly commandId: string;
      readonly seq: number;
      readonly runId: string | undefined;
    }
  /** An agent was told that what it had said is in the log; it said this last. */
  | { readonly say: 'flushed'; readonly id: string; readonly mark: string }
  /** A reader was given a frame. An event is told by its seq and a digest of its text. */
  | {
      readonly say: 'sees';
      readonly id: string;
      readonly kind: 'events' | 'snapshot';
      readonly after: number;
      readonly cursor: string;
      readonly events: readonly (readonly [seq: number, digest: number])[];
    };
