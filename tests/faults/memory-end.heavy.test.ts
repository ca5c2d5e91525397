import { createPerdureClient } from '@perdure/client';
import { expect, test } from 'vitest';
import { readLog, startFollower } from '../e2e/support/event-log.ts';
import { ask } from '../e2e/support/running-server.ts';
import { startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import { Ledger } from './support/ledger.ts';
import { config } from './support/written-database.ts';

/** Enough to start and to serve, and soon used up by what takes all there is. */
const HEAP_MIB = 160;

test('[H4][D7] a server that runs out of memory has lost nothing it acknowledged, and its run is interrupted once', async () => {
  using data = temporaryDirectory();
  await using first = await startServer({
    directory: data.path,
    config,
    env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
  });
  for (const [id, agent] of [
    ['talk', 'echo'],
    ['hungry', 'hog'],
  ]) {
    expect((await ask(`${first.url}/v1/sessions`, 'POST', { body: { id, agent } })).status).toBe(201);
  }
  const follower = startFollower(first.url, 'hungry');
  const ledger = new Ledger('talk');
  for (let sent = 0; sent < 5; sent += 1) expect((await ledger.send(first.url)).status).toBe(202);
  const hungry = await ask(`${first.url}/v1/sessions/hungry/messages`, 'POST', { body: { content: 'eat' } });
  expect(hungry.status).toBe(202);
  const { code, signal } = await first.exited;
  expect([code, signal]).not.toEqual([0, null]);

  await using second = await startServer({ directory: data.path, config, port: first.port });
  const { runId } = hungry.body;
  await follower.until((event) => event.type === 'run:interrupted' && event.runId === runId);
  const client = createPerdureClient({ url: second.url });
  const log = await readLog(client, 'hungry');
  expect(log.filter(({ type }) => type === 'run:interrupted')).toMatchObject([
    { payload: { reason: 'crash' } },
  ]);
  expect(log.some((event) => JSON.stringify(event.payload).includes('hungry'))).toBe(true);
  expect(ledger.lostIn(await readLog(client, 'talk'))).toEqual([]);
  expect(await ledger.doneTwice(second.url)).toEqual([]);
  await follower.leave();
  client.close();
});
