import { isPerdureError } from '@perdure/react';
import { useState } from 'react';

export interface Action {
  /** Runs it, unless it still runs; shows what it throws. */
  readonly run: (work: () => Promise<unknown>) => void;
  readonly isRunning: boolean;
  /** What to tell the person about the last failure. */
  readonly failure: string | undefined;
}

/** A command behind a button: one at a time, its failure in words. */
export function useAction(): Action {
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<string>();

  async function run(work: () => Promise<unknown>) {
    setRunning(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      if (!isPerdureError(error) && !(error instanceof Error)) throw error;
      setFailure(error.message);
    } finally {
      setRunning(false);
    }
  }

  return { run: (work) => void (isRunning || run(work)), isRunning, failure };
}
