import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsdown';
import { expect, it } from 'vitest';
import config from '../tsdown.config.ts';
import { realServer } from './real-server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = `
  import { createPerdureClient } from './index.js';
  for (const WebSocket of [undefined, null]) {
    const client = createPerdureClient({ url: process.env.PERDURE_URL, WebSocket });
    const { id } = await client.sessions.create({ agent: 'echo' });
    const session = client.session(id);
    const { runId } = await session.submit('built');
    await session.run({ runId, wait: 5 });
    const state = await session.load();
    const { transport, status } = client.connection.get();
    console.log(transport, status, state.conversations.main.blocks.at(-1).content);
    // What is loaded when it is first needed.
    for await (const { type } of session.events()) if (type === 'run:completed') break;
    const large = await session.submit('x'.repeat(70_000));
    console.log(await session.loadOlder(), large.duplicate);
    client.close();
  }
`;

// What is left out of the bundle by mistake is missed at run time only; and without a WebSocket the client goes on by
// stream, so that nobody would notice.
it('[F11] the client as it is built follows over WebSocket and by stream', async () => {
  await using server = await realServer();
  const outDir = `${root}node_modules/.bundle`;
  server.defer(() => rmSync(outDir, { recursive: true, force: true }));
  await build({ ...config, config: false, cwd: root, outDir, dts: false, logLevel: 'silent' });
  writeFileSync(`${outDir}/program.mjs`, program);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@perdure/source', `${outDir}/program.mjs`],
    { env: { ...process.env, PERDURE_URL: server.url } },
  );
  expect(stdout).toBe('websocket open built\nfalse false\nstream open built\nfalse false\n');
});
