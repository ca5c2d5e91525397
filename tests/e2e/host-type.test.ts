import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgentRuntime, echoAgent } from '@perdure/server';
import { expect, test } from 'vitest';
import { runningServer } from './support/running-server.ts';
import { runServer } from './support/server-process.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

test('[A1] a host of the type that is named serves its sessions', async () => {
  await using server = await runningServer({ host: { type: 'local' } });
  const { id } = await server.client().sessions.create();
  expect(await server.runtime.host.isSessionLoaded(id)).toBe(true);
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
});

test('[A1] a host of a type that is not there is refused by its name, before anything is opened', () => {
  const options = { agents: { echo: echoAgent() }, host: { type: 'clustered' } };
  const create = () => createAgentRuntime(options as unknown as Parameters<typeof createAgentRuntime>[0]);
  expect(create).toThrow(/host\.type.*"clustered".*local/s);
});

test('[A1] the command says so too, and ends', async () => {
  using directory = temporaryDirectory();
  const config = join(directory.path, 'perdure.config.mjs');
  writeFileSync(config, 'export default { host: { type: "durable-object" } };');
  const exit = await runServer({ directory: join(directory.path, 'data'), config });
  expect(exit).toMatchObject({ code: 1, stdout: '' });
  expect(exit.stderr).toMatch(/host\.type.*"durable-object"/);
});
