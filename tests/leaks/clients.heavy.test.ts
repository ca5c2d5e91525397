import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { clientLives } from './support/client-lives.ts';
import { growthOf } from './support/growth.ts';
import { expectNothingLeft } from './support/expect-nothing-left.ts';

test('[A13] five thousand clients that are made and closed leave nothing behind in their process', {
  timeout: 900_000,
}, async () => {
  const clients = 1_000;
  const { before, after, atOnce } = await measured(
    { what: 'Clients made and closed in one process: what stays behind', size: '5 x 1,000 clients' },
    () => clientLives({ rounds: 5, clients, warmUp: 500 }),
    ({ after }) => `${JSON.stringify(growthOf(after, clients))}, no handle, timer, file or listener`,
  );
  expectNothingLeft({ before, after });
  for (const { counts, detail } of atOnce)
    expect(counts, JSON.stringify(detail)).toMatchObject({ timers: 0, abortListeners: 0 });
  const { bytes, bytesPerCycle } = growthOf(after, clients);
  expect(bytes).toBeLessThanOrEqual(2_000_000);
  expect(bytesPerCycle).toBeLessThanOrEqual(300); // over so few clients, what V8 keeps of its own counts for more
});
