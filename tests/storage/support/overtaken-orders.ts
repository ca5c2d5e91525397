import type { SessionState } from '@perdure/protocol';

export type OvertakenOrder =
  /** What its agent says next. */
  | { readonly do: 'say'; readonly words: string }
  | { readonly do: 'submit'; readonly content: string; readonly commandId: string }
  | { readonly do: 'get' };

export type OvertakenReport =
  | { readonly say: 'ready'; readonly runId: string }
  /** It was told that these words are in the log. */
  | { readonly say: 'said'; readonly words: string }
  /** It was told that they are not, or not all of them. */
  | { readonly say: 'unsaid'; readonly words: string }
  | { readonly say: 'aborted' }
  | {
      readonly say: 'answered';
      readonly commandId: string;
      readonly seq: number;
      readonly runId: string | undefined;
      readonly duplicate: boolean;
    }
  | { readonly say: 'is'; readonly cursor: string; readonly state: SessionState };
