import { functionAgent, LocalWorkspaces } from '@perdure/server';
import { answerRequest } from './answer-request.ts';
import { createSpeaker } from './speak.ts';
import { understandRequest } from './understand-request.ts';
import { createWorkbenchTools } from './workbench-tools.ts';

export interface WorkbenchOptions {
  /** Where the workspaces of the sessions are. A session finds its own there again after a restart. */
  readonly directory?: string | undefined;
  /** Between two words of what it says. */
  readonly wordDelayMs?: number | undefined;
}

/**
 * An agent that works by rules, without a model, and really works: in a directory of each session's own it lists, reads,
 * searches and writes files and runs their tests. Whoever may talk to it may run code here, so it has reach `host`.
 */
export function workbenchAgent({
  directory = '.perdure/workspaces',
  wordDelayMs = 20, // slow enough to see it stream, fast enough to wait for
}: WorkbenchOptions = {}) {
  const workspaces = new LocalWorkspaces(directory);
  return functionAgent(
    async (turn, session) => {
      const workspace = await workspaces.forSession(turn);
      const speaker = createSpeaker(session, turn, wordDelayMs);
      const tools = createWorkbenchTools(workspace, session, turn);
      if (turn.attempt > 1) await speaker.think('I was interrupted at this one, so I begin it again. ');
      await answerRequest(understandRequest(turn.text), speaker, tools);
    },
    { reach: 'host' },
  );
}
