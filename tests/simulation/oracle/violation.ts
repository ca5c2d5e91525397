/** What a seed found. */
export interface Violation {
  /** Number of the invariant, such as `I4`. */
  readonly invariant: string;
  /** What is wrong, in a sentence. */
  readonly sentence: string;
  readonly atMs: number;
  readonly step: number;
}

/** Told of a violation. The first one ends the seed. */
export type Fail = (invariant: string, sentence: string) => undefined;
