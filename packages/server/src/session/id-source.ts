/** Randomness, as the core sees it. */
export interface IdSource {
  /** A new id: 128 random bits as text that matches `ID_PATTERN`. */
  id(): string;
  /** A number in [0, 1), for jitter. */
  random(): number;
}
