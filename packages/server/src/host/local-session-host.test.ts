import type { Block, Page } from '@perdure/protocol';
import { expect, test } from 'vitest';
import type { AgentDefinition, RunPort } from '../environment/execution-environment.ts';
import type { createScriptController } from '../environment/script-controller.ts';
import type { FaultySessionStore } from '../testing/faulty-session-store.ts';
import { agentOf, hostWorld, until } from '../testing/host-world.ts';
import type { SessionHandle } from './session-handle.ts';

test('[A7] a session without a message has no environment', async () => {
  let made = 0;
  const inner = agentOf({});
  const agent: AgentDefinition = {
    ...inner,
    createEnvironment: () => {
      made += 1;
      return inner.createEnvironment();
    },
  };
  await using world = await hostWorld({ agent });
  const { session } = await world.host.createSession({});
  await session.update({ title: 'quiet' });
  expect(made).toBe(0);
  const { runId = '' } = await session.submit({ content: 'hello' });
  await session.run({ runId, wait: 10 });
  expect(made).toBe(1);
});

test('[H4] a failing store makes the host read-only, aborts the run, and ends when it can write again', async () => {
  await using world = await hostWorld();
  const { host, script, faults } = world;
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await script.says('half ');
  faults.breakDown();
  await expect(session.update({ title: 'lost' })).rejects.toMatchObject({ code: 'storage-read-only' });
  expect(await host.isHealthy()).toBe(false);
  expect(await host.health()).toMatchObject({ isReadable: true, isWritable: false });
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  expect((await session.get()).state.runs).toMatchObject([{ runId, status: 'running' }]);
  faults.repair();
  const run = await untilEnded(() => session.run({ runId }));
  expect(run).toMatchObject({ status: 'interrupted' });
  const events = await session.events({ types: ['run:interrupted'] });
  expect(events.items).toMatchObject([{ payload: { reason: 'store' } }]);
  const next = await session.submit({ content: 'again' });
  await script.says('whole');
  await script.ends();
  expect(await session.run({ runId: next.runId ?? '', wait: 10 })).toMatchObject({ status: 'completed' });
  expect(await host.isHealthy()).toBe(true);
});

test('[D7] a run that a dead process left open ends once as interrupted, and what waited then runs', async () => {
  await using world = await hostWorld();
  const { host, restart, script } = world;
  const { session } = await host.createSession({ id: 'one' });
  const first = await session.submit({ content: 'first' });
  await script.usesTool({ name: 'search', input: {}, id: 'call-1' });
  await script.says('half ');
  const second = await session.submit({ content: 'second' });
  const before = await session.get();
  const revived = restart(); // the first host is as good as dead: the second one claims the session
  revived.start();
  const turn = await nextTurn(script, 'second');
  expect(turn.text).toBe('second');
  await script.says('whole');
  await script.ends();
  const again = revived.session('one');
  expect(epochOf(await again.get())).not.toBe(epochOf(before));
  await again.run({ runId: second.runId ?? '', wait: 10 });
  expect(await again.run({ runId: first.runId ?? '' })).toMatchObject({ status: 'interrupted' });
  const { items } = await again.events({ types: ['run:interrupted'] });
  expect(items).toHaveLength(1);
  const blocks = (await again.get()).state.conversations['main']?.blocks ?? [];
  expect(blocks.find((block) => block.type === 'tool_result')).toMatchObject({
    output: 'interrupted',
    isError: true,
  });
  expect(blocks.every((block) => block.status !== 'pending')).toBe(true);
  await expect(session.update({ title: 'stale' })).resolves.toMatchObject({ duplicate: false }); // fenced, read anew, done
});

test('[I6] an environment that cannot start ends in error, keeps the message, and is tried again with the next', async () => {
  let isBroken = true;
  const agent = agentOf({
    start: () => (isBroken ? Promise.reject(new Error('no such image: secret/path')) : Promise.resolve()),
    run: async (turn, port) => {
      const block = { id: port.newId(), type: 'assistant_text', status: 'pending', content: '' } as const;
      port.emit('block:start', { block });
      port.emit('block:delta', { blockId: block.id, delta: `re: ${turn.text}` });
      return { status: 'completed' };
    },
  });
  await using world = await hostWorld({ agent });
  const { host } = world;
  const { session } = await host.createSession({});
  const first = await session.submit({ content: 'one' });
  await untilEnvironment(session, 'error');
  const { environment: status, queue } = (await session.get()).state;
  expect(status.message).not.toContain('secret');
  expect(queue).toHaveLength(1);
  isBroken = false;
  const second = await session.submit({ content: 'two' });
  await session.run({ runId: second.runId ?? '', wait: 10 });
  expect(await session.run({ runId: first.runId ?? '' })).toMatchObject({ status: 'completed' });
});

test('an agent that emits without ever waiting fails its run and harms nothing else', async () => {
  const agent = agentOf({
    run: async (_turn, port) => {
      for (;;) port.emit('log', { level: 'info', message: 'x'.repeat(8_000) });
    },
  });
  await using world = await hostWorld({ agent });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'flood' });
  const run = await session.run({ runId, wait: 10 });
  expect(run).toMatchObject({ status: 'failed', error: { code: 'emit-overflow' } });
});

test('an agent that does not heed its abort is ended with its environment within a second', async () => {
  let stopped = 0;
  const agent = agentOf({
    run: () => new Promise(() => undefined),
    stop: async () => {
      stopped += 1;
    },
  });
  await using world = await hostWorld({ agent });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hang' });
  await untilEnvironment(session, 'ready');
  await session.interrupt({ runId });
  expect(await session.run({ runId, wait: 10 })).toMatchObject({ status: 'cancelled' });
  expect(stopped).toBe(1);
  expect((await session.get()).state.environment).toMatchObject({ status: 'terminated' });
});

test('three crashes in a row hold the queue', async () => {
  await using world = await hostWorld();
  const { host, restart, script } = world;
  const { session } = await host.createSession({ id: 'one' });
  await session.submit({ content: 'kills the server' });
  await script.says('boom ');
  for (let crash = 0; crash < 3; crash += 1) {
    const revived = restart();
    await revived.loadSession('one');
    if (crash === 2) {
      expect((await revived.session('one').get()).state.held).toBe('crashes');
      break;
    }
    await revived.session('one').submit({ content: `kills it again ${crash}` });
    await script.says('boom ');
  }
});

test('[I6] three crashes while the environment starts hold the queue, and each ends the start by an error', async () => {
  await using world = await hostWorld({ agent: agentOf({ start: () => new Promise(() => undefined) }) });
  const { session } = await world.host.createSession({ id: 'one' });
  await session.submit({ content: 'kills the server before it begins' });
  for (const held of [null, null, 'crashes']) {
    const revived = world.restart();
    await revived.loadSession('one');
    const { state } = await revived.session('one').get();
    expect(state.held).toBe(held);
    // It begins once more, unless nothing may.
    expect(state.environment.status).toBe(held === null ? 'starting' : 'error');
  }
  const { items } = await session.events({ types: ['environment:error'] });
  expect(items.map(({ payload }) => payload)).toEqual(
    Array(3).fill({
      code: 'environment-failed',
      message: 'The server ended while the environment was starting.',
      stage: 'crash',
    }),
  );
});

test('an owner keeps its claim: the epoch changes with the owner, not with each append', async () => {
  await using world = await hostWorld();
  const { host } = world;
  const { session } = await host.createSession({});
  const epochs = new Set([epochOf(await session.get())]);
  for (const title of ['a', 'b', 'c']) {
    await session.update({ title });
    epochs.add(epochOf(await session.get()));
  }
  expect(epochs.size).toBe(1);
  await host.unloadSession(session.id);
  for (const title of ['d', 'e']) {
    await session.update({ title });
    epochs.add(epochOf(await session.get()));
  }
  expect(epochs.size).toBe(2);
});

/** An agent that says its words by emitting them, as fast as `speak` lets it. */
function speaking(
  speak: (say: (text: string) => boolean, port: RunPort, next: () => void) => Promise<void>,
): AgentDefinition {
  return agentOf({
    run: async (_turn, port) => {
      let blockId = '';
      /** A block has a bound: long answers are several. */
      const next = () => {
        blockId = port.newId();
        port.emit('block:start', {
          block: { id: blockId, type: 'assistant_text', status: 'pending', content: '' },
        });
      };
      next();
      await speak((delta) => port.emit('block:delta', { blockId, delta }), port, next);
      return { status: 'completed' };
    },
  });
}

async function answer(agent: AgentDefinition): Promise<string> {
  await using world = await hostWorld({ agent });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'speak' });
  expect(await session.run({ runId, wait: 20 })).toMatchObject({ status: 'completed' });
  const words: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<Block> = await session.blocks({
      order: 'asc',
      limit: 100,
      ...(cursor ? { cursor } : {}),
    });
    words.push(...page.items.map((block) => (block.type === 'assistant_text' ? block.content : '')));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return words.join('');
}

test('[J10] what an agent says right before it ends is in the log before the end', async () => {
  const words = Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(50_000)); // many appends' worth
  const said = await answer(
    speaking(async (say, _port, next) => {
      for (const word of words) {
        say(word);
        next();
      }
    }),
  );
  expect(said).toBe(words.join(''));
});

test('[E10] an agent that waits for room can say any amount', async () => {
  let waits = 0;
  const said = await answer(
    speaking(async (say, port, next) => {
      for (let index = 0; index < 200; index += 1) {
        if (index % 4 === 3) next();
        if (say('x'.repeat(50_000))) continue;
        waits += 1;
        await port.drained();
      }
    }),
  );
  expect(said).toHaveLength(10_000_000);
  expect(waits).toBeGreaterThan(10);
});

test('[B11] flushed() resolves when what was said before it is in the log', async () => {
  const seen: string[] = [];
  await using world = await hostWorld({
    agent: speaking(async (say, port) => {
      for (const word of ['one ', 'two ', 'three']) {
        say(word);
        await port.flushed();
        const block = (await world.host.session('one').get()).state.conversations['main']?.blocks.at(-1);
        if (block?.type === 'assistant_text') seen.push(block.content);
      }
    }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'speak' });
  await session.run({ runId, wait: 10 });
  expect(seen).toEqual(['one ', 'one two ', 'one two three']);
});

test.each([
  ['fenced', 'internal', (faults: FaultySessionStore) => faults.fence()],
  ['on a disk that fails', 'storage-read-only', (faults: FaultySessionStore) => faults.breakDown()],
] as const)('[B11][H4] flushed() rejects when what was said before it was %s', async (_, code, fail) => {
  const told: unknown[] = [];
  await using world = await hostWorld({
    agent: speaking(async (say, port) => {
      say('kept ');
      await port.flushed();
      fail(world.faults);
      say('lost');
      void port.flushed(); // nobody has to look
      told.push(await port.flushed().catch((error: unknown) => error));
    }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await session.submit({ content: 'speak' });
  await expect.poll(() => told).toMatchObject([{ code }]);
});

test('[J6] words that were queued when the run was asked to stop are dropped', async () => {
  const gate = Promise.withResolvers<void>();
  let interrupted: Promise<unknown> | undefined;
  await using world = await hostWorld({
    agent: speaking(async (say) => {
      say('kept ');
      await gate.promise;
      // The next append waits: the interrupt is decided behind it, and "dropped" is queued behind the interrupt.
      const release = world.faults.hold();
      say('kept too ');
      await new Promise(setImmediate);
      interrupted = session.interrupt({ runId });
      await new Promise(setImmediate);
      say('dropped');
      release();
      await new Promise(() => undefined);
    }),
  });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'speak' });
  gate.resolve();
  expect(await session.run({ runId, wait: 10 })).toMatchObject({ status: 'cancelled' });
  await interrupted;
  const block = (await session.get()).state.conversations['main']?.blocks.at(-1);
  expect(block).toMatchObject({ content: 'kept kept too ', status: 'aborted' });
});

function epochOf({ cursor }: { readonly cursor: string }): string | undefined {
  return cursor.split('.')[0];
}

async function untilEnvironment(session: SessionHandle, status: string): Promise<void> {
  await until(async () => (await session.get()).state.environment.status === status);
}

async function untilEnded(read: () => ReturnType<SessionHandle['run']>) {
  await until(async () => (await read()).endedAt !== undefined);
  return read();
}

async function nextTurn(script: ReturnType<typeof createScriptController>, text: string) {
  for (;;) {
    const turn = await script.turn();
    if (turn.text === text) return turn;
  }
}
