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
}

/** Time that all processes of a machine share, in microseconds. */
export function sharedClockUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** Says so many lines of the log, each with the time at which it was said. */
export function talkingAgent(): AgentDefinition {
  return functionAgent(async (turn, session) => {
    const { lines, bytes, perSecond } = JSON.parse(turn.text) as Talk;
    const startMs = performance.now();
    for (let line = 0; line < lines; line += 1) {
      if (perSecond !== undefined) {
        const waitMs = startMs + (line * 1_000) / perSecond - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        if (turn.signal.aborted) return;
      }
      const goesOn = session.log('info', `line ${line}`, {
        saidAtUs: sharedClockUs(),
        pad: 'x'.repeat(bytes),
      });
      if (!goesOn) await session.drained();
    }
    await session.flushed();
  });
}
