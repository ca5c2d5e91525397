import { setTimeout as wait } from 'node:timers/promises';

/** Between two looks. */
const PAUSE_MS = 20;

/** Resolves when what is asked again and again is so. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(PAUSE_MS);
}
