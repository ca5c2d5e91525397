import { expect, test } from 'vitest';
import { hostWorld } from '../testing/host-world.ts';

const KEPT = 20;
const retention = { keepEvents: KEPT };

test('[C12] of a session that always has something to do, no more is kept than of one that rests', async () => {
  await using world = await hostWorld({ retention });
  const { host, script, inner } = world;
  const { session } = await host.createSession({ id: 'one' });
  const lengthOf = async () => {
    const record = await inner.find('default', 'one');
    return (record?.head ?? 0) - (record?.floor ?? 0);
  };
  let open = (await session.submit({ content: 'first' })).runId ?? '';
  let saidByRun = 0;
  for (let run = 0; run < 10; run += 1) {
    const before = await lengthOf();
    const next = (await session.submit({ content: 'next' })).runId ?? '';
    for (let count = 0; count < 30; count += 1) await script.says('x ');
    await script.ends();
    await session.run({ runId: open, wait: 10 });
    open = next;
    if (run === 0) saidByRun = (await lengthOf()) - before;
    expect(await lengthOf()).toBeLessThanOrEqual(2 * KEPT + saidByRun);
  }
  expect((await session.get()).state.runs.at(-1)?.status).toBe('running');
  await script.ends();
  await session.run({ runId: open, wait: 10 });
});
