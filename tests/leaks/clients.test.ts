import { expect, test } from 'vitest';
import { clientLives } from './support/client-lives.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13] clients that are made and closed, in whichever state they are, leave nothing behind in their process', {
  timeout: 120_000,
}, async () => {
  const { before, after, atOnce } = await clientLives({ rounds: 1, clients: 240, warmUp: 80 });
  const [last] = after;
  expectNothingLeft({ before, after });
  for (const { counts, detail } of atOnce)
    expect(counts, JSON.stringify(detail)).toMatchObject({ timers: 0, abortListeners: 0 });
  expect((last?.heapUsed ?? 0) - before.heapUsed).toBeLessThan(1_500_000); // 7 kB a client: what one that is kept holds at least
});
