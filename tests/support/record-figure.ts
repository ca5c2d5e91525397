import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** One line of the table in docs/proof.md. */
export interface Figure {
  /** What was done, in words: `Crash states of the SQLite store`. */
  readonly what: string;
  /** How much of it: `5,000 states`. */
  readonly size: string;
  /** What came out: `0 acknowledged commits lost, 0 corrupt`. */
  readonly found: string;
  readonly seconds: number;
}

const directory = join(import.meta.dirname, '..', '..', 'reports');

/** Keeps a figure of a long run; `pnpm figures` makes the table of what was kept. */
export function recordFigure(figure: Figure): void {
  mkdirSync(directory, { recursive: true });
  appendFileSync(join(directory, 'figures.jsonl'), `${JSON.stringify(figure)}\n`);
}

/** Records how long `run` took and what it says it found; what it fails with is said at once, and not when all others have ended. */
export async function measured<T>(
  figure: Pick<Figure, 'what' | 'size'>,
  run: () => Promise<T>,
  found: (result: T) => string,
): Promise<T> {
  const startMs = performance.now();
  const result = await run().catch((error: unknown) => {
    console.error(`${figure.what}: ${error instanceof Error ? error.stack : error}`);
    throw error;
  });
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  recordFigure({ ...figure, found: found(result), seconds });
  return result;
}
