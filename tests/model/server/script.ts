/** One thing that an agent does. */
export type Step =
  /** Says so many words, one by one. */
  | { readonly kind: 'say' | 'think'; readonly words: number }
  /**
   * `tool`: calls a tool and tells its result. `call`: calls one and never tells the result. `note`: a line of its log.
   * `tell`: an event of the application. `bulk`: so large a line that the server writes a snapshot. `flush`: waits until all
   * is durable. `wait`: goes on when it is told to. `haunt`: from here on it goes on talking when it is stopped. `throw`.
   */
  | { readonly kind: 'tool' | 'call' | 'note' | 'tell' | 'bulk' | 'flush' | 'wait' | 'haunt' | 'throw' };

/** What an agent does for a message. The message is this script as text, so that model and agent read the same. */
export interface Script {
  /** No other message of a run has it; it stands in all that the agent says. */
  readonly tag: string;
  readonly steps: readonly Step[];
}

export function textOfScript({ tag, steps }: Script): string {
  const words = steps.map((step) => ('words' in step ? `${step.kind}:${step.words}` : step.kind));
  return [tag, ...words].join(' ');
}

export function scriptOf(text: string): Script {
  const [tag = '', ...words] = text.split(' ');
  return { tag, steps: words.map(stepOf) };
}

function stepOf(word: string): Step {
  const [kind = '', words] = word.split(':');
  return (words === undefined ? { kind } : { kind, words: Number(words) }) as Step;
}

export const wordOf = (tag: string, step: number, word: number) => `${tag}/${step}.${word} `;

/** What a tool is called with, and what the notes and events of a step hold. */
export const markOf = (tag: string, step: number) => `${tag}/${step}`;

/** A line of this length and its row make the log grow by more than lies between two snapshots. */
export const BULK_CHARACTERS = 270_000;
