import { fileURLToPath } from 'node:url';
import { createPerdureClient } from '@perdure/client';
import { expect, test } from 'vitest';
import { readLog } from './support/event-log.ts';
import { startServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const config = fileURLToPath(new URL('./support/agents.config.ts', import.meta.url));

test('[B11][C5] what was flushed before a kill is in the log after it, and the run ends once', async () => {
  using data = temporaryDirectory();
  await using first = await startServer({ directory: data.path, config });
  const client = createPerdureClient({ url: first.url });
  const { id } = await client.sessions.create({ agent: 'mayfly' });
  const { runId } = await client.session(id).submit('remember me');
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  await using second = await startServer({ directory: data.path, config, port: first.port });
  expect(second.url).toBe(first.url);
  await client.session(id).run({ runId: runId ?? '', wait: 30 });
  const log = await readLog(client, id);
  expect(log.filter((event) => event.type === 'log')).toMatchObject([
    { runId, payload: { message: 'the last words', data: { attempt: 1 } } },
  ]);
  expect(log.filter((event) => event.type === 'block:complete')).toMatchObject([
    { runId, payload: { block: { content: 'remember me', status: 'aborted' } } },
  ]);
  const ends = log.filter((event) => event.type.startsWith('run:') && event.type !== 'run:started');
  expect(ends).toMatchObject([{ type: 'run:interrupted', runId, payload: { reason: 'crash' } }]);
  client.close();
});
