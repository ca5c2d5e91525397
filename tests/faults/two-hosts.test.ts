import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask } from '../e2e/support/running-server.ts';
import { runServer, startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';

test('[H2] a second server on a data directory is refused by name, and starts as soon as the first was killed', async () => {
  using data = temporaryDirectory();
  const directory = data.path;
  await using first = await startServer({ directory });
  expect((await ask(`${first.url}/v1/sessions`, 'POST', { body: { id: 'kept' } })).status).toBe(201);
  const refused = await runServer({ directory });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    `The process ${first.pid}, which answers on ${first.url}, has the data directory`,
  );
  // What was refused has changed nothing.
  expect((await ask(`${first.url}/v1/sessions`, 'POST', { body: { id: 'second' } })).status).toBe(201);

  await first.kill('SIGKILL');
  // As if the number of the dead process had gone to another, which lives.
  writeFileSync(join(directory, 'server.json'), JSON.stringify({ pid: process.pid, url: first.url }));
  await using second = await startServer({ directory });
  const { body } = await ask(`${second.url}/v1/sessions`, 'GET');
  expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual(['kept', 'second']);
  expect((await ask(`${second.url}/v1/sessions`, 'POST', { body: { id: 'third' } })).status).toBe(201);
});
