import { setTimeout as wait } from 'node:timers/promises';
import type { Holdings } from './holdings.ts';

interface Probed {
  holdings(): Promise<Holdings>;
}

/** How long what is over may take to go: sockets that were left are noticed by their close, idle ones by a timer of 5 s. */
const PATIENCE_MS = 20_000;
/** Between two looks: each of them collects garbage. */
const PAUSE_MS = 250;

/** What a process holds when nothing of it changes any more. */
export async function settledHoldings(probed: Probed): Promise<Holdings> {
  let last = await probed.holdings();
  for (const endMs = performance.now() + PATIENCE_MS; performance.now() < endMs; ) {
    await wait(PAUSE_MS);
    const next = await probed.holdings();
    const isSame = JSON.stringify(next.counts) === JSON.stringify(last.counts);
    last = next;
    if (isSame && next.counts['sockets'] === 0) return next;
  }
  return last;
}

/** What a process holds once its counts are those given, or what it holds instead when they do not come. */
export async function untilCounts(probed: Probed, counts: Holdings['counts']): Promise<Holdings> {
  const isBack = (holdings: Holdings) => JSON.stringify(holdings.counts) === JSON.stringify(counts);
  let last = await probed.holdings();
  for (const endMs = performance.now() + PATIENCE_MS; !isBack(last) && performance.now() < endMs; ) {
    await wait(PAUSE_MS);
    last = await probed.holdings();
  }
  return last;
}
