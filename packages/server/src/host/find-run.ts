import type { RunState } from '@perdure/protocol';
import type { SessionRecord } from '../store/session-store.ts';
import type { HandleParts } from './handle-parts.ts';

/** A run of a session: as its actor has it, or as it was written last. */
export async function findRun(
  { parts, sessions }: Pick<HandleParts, 'parts' | 'sessions'>,
  { key }: SessionRecord,
  runId: string,
): Promise<RunState | undefined> {
  const open = sessions.get(key)?.state.current.runs.find((run) => run.runId === runId);
  return open ?? (await parts.store.run(key, runId));
}
