import { setTimeout as wait } from 'node:timers/promises';
import type { FunctionTurn, TurnSession } from '@perdure/server';

/** How the workbench says and thinks something: word by word, at the pace of somebody who types fast. */
export interface Speaker {
  say(words: string): Promise<void>;
  think(words: string): Promise<void>;
}

export function createSpeaker(
  session: TurnSession,
  { signal }: Pick<FunctionTurn, 'signal'>,
  wordDelayMs: number,
): Speaker {
  const speak = async (words: string, emit: (word: string) => boolean) => {
    for (const word of words.match(/\s*\S+\s*/g) ?? []) {
      if (!emit(word)) await session.drained();
      if (wordDelayMs > 0) await wait(wordDelayMs, undefined, { signal });
    }
  };
  return {
    say: (words) => speak(words, (word) => session.text(word)),
    think: (words) => speak(words, (word) => session.thinking(word)),
  };
}
