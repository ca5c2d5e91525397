import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { anyHistory } from './any-history.ts';
import { HistoryPlayer, type PlayedStore } from './history-player.ts';
import type { HistoryStep } from './history-step.ts';

export interface Comparison {
  readonly histories: number;
  readonly seed: number;
  readonly stores: readonly PlayedStore[];
}

/**
 * Plays the same histories on every store and throws at the first answer in which one differs from the first of them,
 * with the shortest such history that was found and the seed that leads to it.
 */
export async function compareStores({
  histories,
  seed,
  stores,
}: Comparison): Promise<{ readonly steps: number }> {
  let steps = 0;
  let played = 0;
  let first: unknown;
  const play = async (history: readonly HistoryStep[]) => {
    played += 1;
    const players = stores.map(
      (store) => new HistoryPlayer(store, [`one-${seed}-${played}`, `two-${seed}-${played}`]),
    );
    steps += history.length;
    for (const step of history)
      agree(stores, step, await Promise.all(players.map((player) => player.play(step))));
    agree(stores, 'everything there is', await Promise.all(players.map((player) => player.sweep())));
    await Promise.all(players.map((player) => player.clear()));
  };
  const property = fc.asyncProperty(anyHistory, (history) =>
    play(history).catch((error: unknown) => {
      first ??= error;
      throw error;
    }),
  );
  try {
    await fc.assert(property, { numRuns: histories, seed, includeErrorInReport: true });
  } catch (error) {
    // What is tried in order to find a shorter one meets stores that the first may have left broken.
    throw first === undefined ? error : new Error(`${String(error)}\n\nFirst seen: ${String(first)}`);
  }
  return { steps };
}

function agree(
  stores: readonly PlayedStore[],
  step: HistoryStep | string,
  answers: readonly unknown[],
): void {
  for (const [index, answer] of answers.entries()) {
    if (isDeepStrictEqual(answer, answers[0])) continue;
    const said = (at: number) => `${stores[at]?.name} answers ${JSON.stringify(answers[at])}`;
    throw new Error(`To ${JSON.stringify(step)}\n  ${said(0)}\n  ${said(index)}`);
  }
}
