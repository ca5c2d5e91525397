import { afterEach, expect, test } from 'vitest';
import type { AgentDefinition, ExecutionEnvironment, RunPort } from '../environment/execution-environment.ts';
import { createScriptController } from '../environment/script-controller.ts';
import { scriptedAgent } from '../environment/scripted-agent.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import type { AppendOutcome, SessionStore } from '../store/session-store.ts';
import { localHost } from '../testing/local-host.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(endings.splice(0).map((end) => end()));
});

/** A store whose calls are counted, and whose next appends can be made to fail. */
function watched(store: SessionStore) {
  const calls = new Map<string, number>();
  let failure: Error | undefined;
  let held: PromiseWithResolvers<void> | undefined;
  const proxy = new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        if (name === 'append' && held !== undefined)
          return held.promise.then(() => member.apply(target, args));
        if (name === 'append' && failure !== undefined) {
          return Promise.resolve<AppendOutcome>({ kind: 'unknown', error: failure });
        }
        if (name === 'reopen' && failure !== undefined) return Promise.reject(failure);
        return member.apply(target, args);
      };
    },
  });
  return {
    store: proxy,
    calls,
    hold: () => {
      held = Promise.withResolvers();
    },
    release: () => {
      held?.resolve();
      held = undefined;
    },
    fail: () => {
      failure = new Error('disk full');
    },
    relieve: () => {
      failure = undefined;
    },
  };
}

async function open(options: { readonly agent?: AgentDefinition } = {}) {
  const memory = new MemorySessionStore();
  await memory.open();
  const script = createScriptController();
  const { store, ...controls } = watched(memory);
  const start = () => {
    const { host } = localHost({ store, agents: { writer: options.agent ?? scriptedAgent(script.script) } });
    endings.push(() => host.shutdown({ deadlineMs: 2_000 }));
    return host;
  };
  return { host: start(), restart: start, script, ...controls };
}

test('[A4] fifty loads at once read the session once and reach one actor', async () => {
  const { host, calls } = await open();
  const { session } = await host.createSession({ id: 'one' });
  await host.unloadSession('one');
  calls.clear();
  await Promise.all(Array.from({ length: 50 }, () => host.loadSession('one')));
  expect(calls.get('snapshot')).toBe(1);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => session.update({ title: `t${index}` })),
  );
  expect(new Set(answers.map((answer) => answer.seq)).size).toBe(10);
});

test('[A7] a session without a message has no environment', async () => {
  let made = 0;
  const environment: ExecutionEnvironment = {
    start: () => Promise.resolve(),
    run: () => Promise.resolve({ status: 'completed' }),
    stop: () => Promise.resolve(),
    isHealthy: () => Promise.resolve(true),
  };
  const agent: AgentDefinition = {
    reach: 'none',
    onInterrupted: 'ask',
    createEnvironment: () => {
      made += 1;
      return environment;
    },
  };
  const { host } = await open({ agent });
  const { session } = await host.createSession({});
  await session.update({ title: 'quiet' });
  expect(made).toBe(0);
  const { runId = '' } = await session.submit({ content: 'hello' });
  await session.run({ runId, wait: 10 });
  expect(made).toBe(1);
});

test('[H4] a failing store makes the host read-only, aborts the run, and ends when it can write again', async () => {
  const { host, script, fail, relieve } = await open();
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await script.says('half ');
  fail();
  await expect(session.update({ title: 'lost' })).rejects.toMatchObject({ code: 'storage-read-only' });
  expect(await host.isHealthy()).toBe(false);
  expect(await host.health()).toMatchObject({ isReadable: true, isWritable: false });
  await expect(host.createSession({})).rejects.toMatchObject({ code: 'storage-read-only' });
  expect((await session.get()).state.runs).toMatchObject([{ runId, status: 'running' }]);
  relieve();
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
  const { host, restart, script } = await open();
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
  const environment: ExecutionEnvironment = {
    start: () => (isBroken ? Promise.reject(new Error('no such image: secret/path')) : Promise.resolve()),
    run: async (turn, port) => {
      const block = { id: port.newId(), type: 'assistant_text', status: 'pending', content: '' } as const;
      port.emit('block:start', { block });
      port.emit('block:delta', { blockId: block.id, delta: `re: ${turn.text}` });
      return { status: 'completed' };
    },
    stop: () => Promise.resolve(),
    isHealthy: () => Promise.resolve(true),
  };
  const { host } = await open({
    agent: { reach: 'none', onInterrupted: 'ask', createEnvironment: () => environment },
  });
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
  const environment: ExecutionEnvironment = {
    start: () => Promise.resolve(),
    run: async (_turn, port) => {
      const block = { id: port.newId(), type: 'assistant_text', status: 'pending', content: '' } as const;
      port.emit('block:start', { block });
      for (;;) port.emit('block:delta', { blockId: block.id, delta: 'x'.repeat(100_000) });
    },
    stop: () => Promise.resolve(),
    isHealthy: () => Promise.resolve(true),
  };
  const { host } = await open({
    agent: { reach: 'none', onInterrupted: 'ask', createEnvironment: () => environment },
  });
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'flood' });
  const run = await session.run({ runId, wait: 10 });
  expect(run).toMatchObject({ status: 'failed', error: { code: 'emit-overflow' } });
});

test('an agent that does not heed its abort is ended with its environment within a second', async () => {
  let stopped = 0;
  const environment: ExecutionEnvironment = {
    start: () => Promise.resolve(),
    run: () => new Promise(() => undefined),
    stop: async () => {
      stopped += 1;
    },
    isHealthy: () => Promise.resolve(true),
  };
  const { host } = await open({
    agent: { reach: 'none', onInterrupted: 'ask', createEnvironment: () => environment },
  });
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hang' });
  await untilEnvironment(session, 'ready');
  await session.interrupt({ runId });
  expect(await session.run({ runId, wait: 10 })).toMatchObject({ status: 'cancelled' });
  expect(stopped).toBe(1);
  expect((await session.get()).state.environment).toMatchObject({ status: 'terminated' });
});

test('three crashes in a row hold the queue', async () => {
  const { host, restart, script } = await open();
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

test('an owner keeps its claim: the epoch changes with the owner, not with each append', async () => {
  const { host } = await open();
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
function speaking(speak: (say: (text: string) => boolean, port: RunPort) => Promise<void>): AgentDefinition {
  const environment: ExecutionEnvironment = {
    start: () => Promise.resolve(),
    run: async (_turn, port) => {
      const block = { id: port.newId(), type: 'assistant_text', status: 'pending', content: '' } as const;
      port.emit('block:start', { block });
      await speak((delta) => port.emit('block:delta', { blockId: block.id, delta }), port);
      return { status: 'completed' };
    },
    stop: () => Promise.resolve(),
    isHealthy: () => Promise.resolve(true),
  };
  return { reach: 'none', onInterrupted: 'ask', createEnvironment: () => environment };
}

async function answer(agent: AgentDefinition): Promise<string> {
  const { host } = await open({ agent });
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'speak' });
  expect(await session.run({ runId, wait: 20 })).toMatchObject({ status: 'completed' });
  const block = (await session.get()).state.conversations['main']?.blocks.at(-1);
  return block?.type === 'assistant_text' ? block.content : '';
}

test('[J10] what an agent says right before it ends is in the log before the end', async () => {
  const words = Array.from({ length: 30 }, (_, index) => String(index % 10).repeat(100_000)); // many appends' worth
  const said = await answer(speaking(async (say) => words.forEach((word) => void say(word))));
  expect(said).toBe(words.join(''));
});

test('[E10] an agent that waits for room can say any amount', async () => {
  let waits = 0;
  const said = await answer(
    speaking(async (say, port) => {
      for (let index = 0; index < 200; index += 1) {
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
  const { host } = await open({
    agent: speaking(async (say, port) => {
      for (const word of ['one ', 'two ', 'three']) {
        say(word);
        await port.flushed();
        const block = (await host.session('one').get()).state.conversations['main']?.blocks.at(-1);
        if (block?.type === 'assistant_text') seen.push(block.content);
      }
    }),
  });
  const { session } = await host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'speak' });
  await session.run({ runId, wait: 10 });
  expect(seen).toEqual(['one ', 'one two ', 'one two three']);
});

test('[J6] words that were queued when the run was asked to stop are dropped', async () => {
  const gate = Promise.withResolvers<void>();
  const { host, hold, release } = await open({
    agent: speaking(async (say) => {
      say('kept ');
      await gate.promise;
      hold(); // the next append waits: the interrupt is decided behind it, and "dropped" is queued behind the interrupt
      say('kept too ');
      await new Promise(setImmediate);
      interrupted = session.interrupt({ runId });
      await new Promise(setImmediate);
      say('dropped');
      release();
      await new Promise(() => undefined);
    }),
  });
  const { session } = await host.createSession({});
  const { runId = '' } = await session.submit({ content: 'speak' });
  let interrupted: Promise<unknown> | undefined;
  gate.resolve();
  expect(await session.run({ runId, wait: 10 })).toMatchObject({ status: 'cancelled' });
  await interrupted;
  const block = (await session.get()).state.conversations['main']?.blocks.at(-1);
  expect(block).toMatchObject({ content: 'kept kept too ', status: 'aborted' });
});

function epochOf({ cursor }: { readonly cursor: string }): string | undefined {
  return cursor.split('.')[0];
}

type Handle = ReturnType<Awaited<ReturnType<typeof open>>['host']['session']>;

async function untilEnvironment(session: Handle, status: string): Promise<void> {
  while ((await session.get()).state.environment.status !== status) await new Promise(setImmediate);
}

async function untilEnded(read: () => ReturnType<Handle['run']>) {
  for (;;) {
    const run = await read();
    if (run.endedAt !== undefined) return run;
    await new Promise(setImmediate);
  }
}

async function nextTurn(script: ReturnType<typeof createScriptController>, text: string) {
  for (;;) {
    const turn = await script.turn();
    if (turn.text === text) return turn;
  }
}
