import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { appendSample, createSample } from '../../testing/session-store-samples.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { SqliteSessionStore } from './sqlite-session-store.ts';

test('[A13] a thread of the store ends by itself, whether its database opened or not, and none is left', async () => {
  using temporary = temporaryDirectory();
  const terminate = vi.spyOn(Worker.prototype, 'terminate');
  const ends: Promise<unknown>[] = [];
  const onWorker = (worker: Worker) => ends.push(once(worker, 'exit'));
  process.on('worker', onWorker);

  const store = new SqliteSessionStore({ directory: join(temporary.path, 'sound') });
  await store.open();
  await appendSample(store, await createSample(store), { claim: true });
  await store.backup(join(temporary.path, 'copy.db'));
  await store.close();

  const directory = join(temporary.path, 'foreign');
  const foreign = new SqliteSessionStore({ directory });
  await foreign.open().then(() => foreign.close());
  writeFileSync(join(directory, 'perdure.db'), 'no database at all'.repeat(100));
  await expect(foreign.open()).rejects.toMatchObject({ code: 'config-invalid' });

  process.off('worker', onWorker);
  expect(ends).toHaveLength(4); // that of each store that opened or tried to, and that of the copy
  expect(await Promise.all(ends)).toEqual([[0], [0], [0], [0]]);
  expect(terminate).not.toHaveBeenCalled();
});
