import { expect, test } from 'vitest';
import { appendSample, createSample } from '../../testing/session-store-samples.ts';
import { silentLogger } from '../../testing/silent-logger.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

test('[H2] a record that is read while its log is written to is no damage', async () => {
  using temporary = temporaryDirectory();
  const told: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void told.push(fields) };
  const store = new SqliteSessionStore({ directory: temporary.path, durability: 'process', logger });
  await store.open();
  const created = await createSample(store);
  let isWriting = true;
  const writing = (async () => {
    let record = created;
    for (let round = 0; round < 400; round += 1) record = await appendSample(store, record);
    isWriting = false;
    return record;
  })();
  let reads = 0;
  while (isWriting) {
    // The thread that writes goes on while these are read.
    for (let round = 0; round < 50; round += 1) await store.get(created.key);
    reads += 50;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await store.get(created.key))?.head).toBe((await writing).head);
  expect(reads).toBeGreaterThan(400);
  expect(told).toEqual([]);
  expect((await store.health()).isDamaged ?? false).toBe(false);
  await store.close();
});
