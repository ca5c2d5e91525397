import type { AgentDefinition } from '../../../packages/server/src/environment/execution-environment.ts';
import { functionAgent } from '../../../packages/server/src/environment/function-agent.ts';

/** Stands in the text before each kilobyte of it, so that what is there can be told from what is not. */
const markOf = (text: string, said: number) => `[${text} ${said}]`;

/**
 * Says a little of everything and then as many kilobytes of text as the message names (`… 20 KiB`), in deltas, flushing now
 * and then, so that a run lasts for many appends. `onFlushed` is told of a mark of what the log is said to have.
 */
export function talkativeAgent(
  onFlushed: (sessionId: string, mark: string) => void = () => undefined,
): AgentDefinition {
  return functionAgent(
    async (turn, session) => {
      const kilobytes = Number(/ (\d+) KiB$/.exec(turn.text)?.[1] ?? 0);
      session.thinking(`about ${turn.text}`);
      const call = session.toolUse({ name: 'count', input: { of: turn.text } });
      await session.flushed();
      call.result({ kilobytes });
      session.log('info', turn.text);
      for (let said = 0; said < kilobytes; said += 1) {
        const mark = markOf(turn.text, said);
        if (!session.text(`${mark}${'x'.repeat(1_000)} `)) await session.drained();
        if (said % 4 !== 3) continue;
        await session.flushed();
        onFlushed(turn.sessionId, mark);
      }
      session.text(`That was ${turn.text}.`);
    },
    { reach: 'none' },
  );
}
