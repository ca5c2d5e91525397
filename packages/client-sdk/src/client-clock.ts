/** Time and chance, as the client sees them: everything that a deterministic run has to own. */
export interface ClientClock {
  /** Calls `run` once after `ms`; the returned function calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` once when the code that runs now has ended. */
  soon(run: () => void): void;
  /** A number in [0, 1), for jitter. */
  random(): number;
  /** A new id: 128 random bits as text. */
  id(): string;
}
