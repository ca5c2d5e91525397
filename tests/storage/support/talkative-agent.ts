import type { AgentDefinition } from '../../../packages/server/src/environment/execution-environment.ts';
import { functionAgent } from '../../../packages/server/src/environment/function-agent.ts';

/**
 * Says a little of everything and then as many kilobytes of text as the message names (`… 20 KiB`), in deltas, flushing now
 * and then, so that a run lasts for many appends.
 */
export function talkativeAgent(): AgentDefinition {
  return functionAgent(
    async (turn, session) => {
      const kilobytes = Number(/ (\d+) KiB$/.exec(turn.text)?.[1] ?? 0);
      session.thinking(`about ${turn.text}`);
      const call = session.toolUse({ name: 'count', input: { of: turn.text } });
      await session.flushed();
      call.result({ kilobytes });
      session.log('info', turn.text);
      for (let said = 0; said < kilobytes; said += 1) {
        if (!session.text(`${said} ${'x'.repeat(1_000)} `)) await session.drained();
        if (said % 4 === 3) await session.flushed();
      }
      session.text(`That was ${turn.text}.`);
    },
    { reach: 'none' },
  );
}
