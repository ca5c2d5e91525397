import { expect, test } from 'vitest';
import { sessionLives } from './support/session-lives.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13][A14] sessions run, leave memory, come back and are deleted, some while they run, and leave nothing behind', {
  timeout: 120_000,
}, async () => {
  const { before, after } = await sessionLives({ rounds: 1, sessions: 300, warmUp: 100 });
  const [last] = after;
  expectNothingLeft({ before, after });
  expect((last?.heapUsed ?? 0) - before.heapUsed).toBeLessThan(1_500_000); // 5 kB a session: what one that is kept holds at least
});
