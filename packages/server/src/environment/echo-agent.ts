import { setTimeout as wait } from 'node:timers/promises';
import { type JsonObject, PerdureError } from '@perdure/protocol';
import * as z from 'zod';
import type { AgentDefinition } from './execution-environment.ts';
import { functionAgent } from './function-agent.ts';

const echoOptionsSchema = z.object({
  /** Between two words. */
  delayMs: z.int().min(0).max(60_000).default(5), // a minute a word is slower than any test has patience for
  repeat: z.int().min(1).max(1_000_000).default(1), // enough to stream for hours
});

/** Streams the message's text back, `repeat` times joined by blanks, one word with its following blank a delta. */
export function echoAgent(): AgentDefinition {
  return functionAgent(
    async (turn, session) => {
      const { delayMs, repeat } = echoOptions(turn.options);
      for (let time = 1; time <= repeat; time++) {
        for (const word of wordsOf(time < repeat ? `${turn.text} ` : turn.text)) {
          if (!session.text(word)) await session.drained();
          if (delayMs > 0) await wait(delayMs, undefined, { signal: turn.signal });
        }
      }
    },
    { reach: 'none' },
  );
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\S+\s*|^\s+/g) ?? [];
}

function echoOptions(options: JsonObject) {
  const parsed = echoOptionsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new PerdureError(
    'invalid-input',
    `The session's options do not fit the echo agent: ${reasons.join('; ')}.`,
  );
}
