import type { Block, RunState } from '@perdure/protocol';
import type { CommandRecord } from '../store/session-store.ts';

/** What a session has to look up that its state does not hold. */
export interface SessionReads {
  command(principalId: string, commandId: string): Promise<CommandRecord | undefined>;
  run(runId: string): Promise<RunState | undefined>;
  /** Completed blocks of a conversation, oldest first, up to a bound. */
  history(conversationId: string): Promise<readonly Block[]>;
  /** How many crashes have ended a run, or the start of an environment, since a time, as ISO text. */
  crashesSince(at: string): Promise<number>;
}
