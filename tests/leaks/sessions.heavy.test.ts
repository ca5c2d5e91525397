import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { growthOf } from './support/growth.ts';
import { sessionLives } from './support/session-lives.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13][A14] ten thousand sessions run, leave memory, come back and are deleted, and leave nothing behind', {
  timeout: 900_000,
}, async () => {
  const sessions = 2_000;
  const { before, after } = await measured(
    {
      what: 'Sessions that live and are deleted: what stays behind in the server',
      size: '5 x 2,000 sessions',
    },
    () => sessionLives({ rounds: 5, sessions, warmUp: 500 }),
    ({ after }) => `${JSON.stringify(growthOf(after, sessions))}, no handle, timer, file or listener`,
  );
  expectNothingLeft({ before, after });
  const { bytes, bytesPerCycle } = growthOf(after, sessions);
  expect(bytes).toBeLessThanOrEqual(2_000_000);
  expect(bytesPerCycle).toBeLessThanOrEqual(150); // over so few sessions, what V8 keeps of its own counts for more
});
