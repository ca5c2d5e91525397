import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPerdureClient } from '@perdure/client';
import { expect, test } from 'vitest';
import { runServer, startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';

test('[O4] A restarted host finds its own sessions at once, whoever has its old process id now', {
  timeout: 90_000,
}, async () => {
  using data = temporaryDirectory();
  const serverFile = join(data.path, 'server.json');
  const ids = Array.from({ length: 20 }, (_, index) => `session-${index}`);
  await using first = await startServer({ directory: data.path });
  const client = createPerdureClient({ url: first.url });
  for (const id of ids) await client.sessions.create({ id, options: { repeat: 1_000, delayMs: 5 } });
  // Half of them are in the middle of something.
  const runs = await Promise.all(ids.slice(0, 10).map((id) => client.session(id).submit('one two three')));
  for (const [index, { runId = '' }] of runs.entries()) {
    await expect
      .poll(async () => (await client.session(ids[index] ?? '').run({ runId })).status)
      .toBe('running');
  }
  const { pid } = first;
  await first.kill('SIGKILL');
  expect(JSON.parse(readFileSync(serverFile, 'utf8'))).toMatchObject({ pid });
  // The id of the dead process belongs to a living one: to this.
  writeFileSync(serverFile, JSON.stringify({ pid: process.pid, url: first.url }));

  await using second = await startServer({ directory: data.path, port: first.port });
  // The first answers there are, with nothing waited for.
  const listed = await client.sessions.list({ limit: 100 });
  expect(listed.items.map((item) => item?.id).sort()).toEqual([...ids].sort());
  for (const [index, { runId = '' }] of runs.entries()) {
    const session = client.session(ids[index] ?? '');
    const next = await session.submit('and now');
    expect(next.runId).not.toBe(runId);
    expect(await session.run({ runId })).toMatchObject({ status: 'interrupted' });
  }
  expect(JSON.parse(readFileSync(serverFile, 'utf8'))).toMatchObject({ pid: second.pid });

  // Nor does a file that is missing, or names a process that is gone, let another in beside the one that lives.
  for (const content of [undefined, JSON.stringify({ pid, url: first.url })]) {
    rmSync(serverFile, { force: true });
    if (content !== undefined) writeFileSync(serverFile, content);
    const { code, stderr } = await runServer({ directory: data.path });
    expect(code).toBe(1);
    expect(stderr).toContain('has the data directory');
  }
  client.close();
});
