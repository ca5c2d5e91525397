import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentDefinition, functionAgent } from '@perdure/server';

/** What a message asks of the talking agent, as JSON. */
export interface Talk {
  /** How many lines. */
  readonly lines: number;
  /** Of each line. */
  readonly bytes: number;
  /** Without it, as fast as the log takes them. */
  readonly perSecond?: number;
  /** Lines have the times at which they were due: a server that stands still says nothing, and would seem never to be late. */
  readonly tellsDue?: boolean;
}

/** Time that all processes of a machine share, in microseconds. */
export function sharedClockUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Says so many lines of the log, each with the time at which it was said. */
export function talkingAgent(): AgentDefinition {
  return functionAgent(async (turn, session) => {
    const { lines, bytes, perSecond, tellsDue = false } = JSON.parse(turn.text) as Talk;
    const [startMs, startUs] = [performance.now(), sharedClockUs()];
    for (let line = 0; line < lines; line += 1) {
      const dueMs = perSecond === undefined ? 0 : (line * 1_000) / perSecond;
      if (perSecond !== undefined) {
        const waitMs = startMs + dueMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        if (turn.signal.aborted) return;
      }
      const goesOn = session.log('info', `line ${line}`, {
        saidAtUs: tellsDue ? startUs + Math.round(dueMs * 1_000) : sharedClockUs(),
        pad: 'x'.repeat(bytes),
      });
      if (!goesOn) await session.drained();
    }
    await session.flushed();
  });
}
