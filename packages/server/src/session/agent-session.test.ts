import { expect, test } from 'vitest';
import type { RunPort } from '../environment/execution-environment.ts';
import { agentOf, hostWorld, typesOf, until } from '../testing/host-world.ts';

/** Opens a text block and says words in it. */
function speaker(port: RunPort) {
  const block = { id: port.newId(), type: 'assistant_text', status: 'pending', content: '' } as const;
  port.emit('block:start', { block });
  return (delta: string) => port.emit('block:delta', { blockId: block.id, delta });
}

test('a full log ends the run that fills it: what was said before is kept, and nothing behind a hole', async () => {
  await using world = await hostWorld({
    sessionLogBytes: 30_000,
    agent: agentOf({
      run: async (_turn, port) => {
        const say = speaker(port);
        say('kept');
        await port.flushed();
        say('x'.repeat(40_000));
        say('behind the hole');
        port.emit('log', { level: 'info', message: 'small enough' });
        return { status: 'completed' };
      },
    }),
  });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  const run = await session.run({ runId, wait: 5 });
  expect(run).toMatchObject({ status: 'failed', error: { code: 'limit-exceeded' } });
  const block = (await session.get()).state.conversations['main']?.blocks.at(-1);
  expect(block).toMatchObject({ content: 'kept', status: 'error' });
  expect(await typesOf(session)).not.toContain('log');
});

test('a run can be stopped when the log is full', async () => {
  const filled = Promise.withResolvers<void>();
  await using world = await hostWorld({
    sessionLogBytes: 10_000,
    agent: agentOf({
      run: async (_turn, _port, signal) => {
        await filled.promise;
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        return { status: 'completed' };
      },
    }),
  });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  for (let index = 0; ; index += 1) {
    const isFull = await session.submit({ content: 'x'.repeat(200) }).then(
      () => false,
      () => true,
    );
    if (isFull) break;
    expect(index).toBeLessThan(100);
  }
  filled.resolve();
  await session.interrupt({ runId });
  expect(await session.run({ runId, wait: 5 })).toMatchObject({ status: 'cancelled' });
});

test('[J10] what an environment says after its run settled is not part of it, and does not keep it from ending', async () => {
  const gate = Promise.withResolvers<void>();
  await using world = await hostWorld({
    agent: agentOf({
      run: async (_turn, port) => {
        const say = speaker(port);
        await gate.promise;
        say('said');
        const babble = async () => {
          for (let word = 0; word < 200; word += 1) {
            await port.flushed();
            say(' too late');
          }
        };
        void babble();
        return { status: 'completed' };
      },
    }),
  });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  const release = world.faults.hold();
  gate.resolve();
  await new Promise(setImmediate);
  release();
  expect(await session.run({ runId, wait: 5 })).toMatchObject({ status: 'completed' });
  expect((await session.get()).state.conversations['main']?.blocks.at(-1)).toMatchObject({ content: 'said' });
});

test('[A23] a hub that throws costs its followers, not the session', async () => {
  await using world = await hostWorld();
  const { host, script } = world;
  host.setClientHub({
    broadcast: () => {
      throw new Error('the hub is broken');
    },
    getClientCount: () => 0,
    follow: () => Promise.resolve(),
    end: () => undefined,
  });
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await script.says('fine');
  await script.ends();
  expect(await session.run({ runId, wait: 5 })).toMatchObject({ status: 'completed' });
});

test('[I6] recovery does not leave an environment that is gone', async () => {
  await using world = await hostWorld();
  const { session } = await world.host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  await world.script.ends();
  await session.run({ runId, wait: 5 });
  expect((await session.get()).state.environment.status).toBe('ready');
  const revived = world.restart();
  await revived.loadSession('one');
  const again = revived.session('one');
  expect((await again.get()).state.environment).toMatchObject({ status: 'terminated', message: 'unhealthy' });
  await revived.unloadSession('one');
  expect((await typesOf(again)).filter((type) => type === 'environment:terminated')).toHaveLength(1);
});

test('a store that fails while a session closes is what ended it', async () => {
  await using world = await hostWorld({ agent: agentOf({ run: () => new Promise(() => undefined) }) });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  world.faults.breakDown();
  await world.host.unloadSession(session.id);
  expect(await world.host.isHealthy()).toBe(false);
  await expect(session.submit({ content: 'more' })).rejects.toMatchObject({ code: 'storage-read-only' });
  world.faults.repair();
  expect(await session.run({ runId, wait: 5 })).toMatchObject({ status: 'interrupted' });
});

test('a queue that the archive keeps back is nothing to recover', async () => {
  await using world = await hostWorld();
  const { session } = await world.host.createSession({ id: 'one' });
  await session.submit({ content: 'hello' });
  await session.submit({ content: 'waits' });
  await session.update({ archived: true });
  await world.script.ends();
  await until(async () => (await session.get()).state.activity === 'queued');
  expect(await world.inner.unsettled(0, 10)).toEqual([]);
  await session.update({ archived: false });
  expect(await world.inner.unsettled(0, 10)).toHaveLength(1);
});

test('the limit of metadata is one of bytes', async () => {
  await using world = await hostWorld();
  const { session } = await world.host.createSession({});
  const metadata = { text: '€'.repeat(6_000) }; // 18 KB
  await expect(session.update({ metadata })).rejects.toMatchObject({ code: 'limit-exceeded' });
  await expect(world.host.createSession({ metadata })).rejects.toMatchObject({ code: 'limit-exceeded' });
});

test('a block cannot take the id of a message that waits: its run would never begin', async () => {
  const refused: unknown[] = [];
  const gate = Promise.withResolvers<string>();
  await using world = await hostWorld({
    agent: agentOf({
      run: async (turn, port) => {
        if (turn.text === 'second') return { status: 'completed' };
        const id = await gate.promise;
        try {
          port.emit('block:start', {
            block: { id, type: 'assistant_text', status: 'pending', content: 'x' },
          });
        } catch (error) {
          refused.push(error);
        }
        return { status: 'completed' };
      },
    }),
  });
  const { session } = await world.host.createSession({});
  await session.submit({ content: 'first' });
  await until(async () => (await session.get()).state.activity === 'running');
  const { runId = '' } = await session.submit({ content: 'second' });
  gate.resolve((await session.get()).state.queue[0]?.messageId ?? '');
  expect(await session.run({ runId, wait: 3 })).toMatchObject({ status: 'completed' });
  expect(refused).toMatchObject([{ code: 'invalid-event' }]);
});

test('a session that is never in memory for long gets a snapshot all the same', async () => {
  await using world = await hostWorld();
  const { session } = await world.host.createSession({ id: 'one' });
  for (let stay = 0; stay < 4; stay += 1) {
    await session.submit({ content: 'x'.repeat(100_000), run: false });
    await world.host.unloadSession('one');
  }
  const [record] = await world.inner.list({ scope: { tenantId: 'default' }, limit: 1 });
  expect(await world.inner.snapshot(record?.key ?? 0)).toMatchObject({ through: expect.any(Number) });
});
