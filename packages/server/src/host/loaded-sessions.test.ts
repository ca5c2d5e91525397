import { expect, test } from 'vitest';
import type { CreateOutcome } from '../store/session-store.ts';
import { agentOf, hostWorld, typesOf, until, withCalls } from '../testing/host-world.ts';

test('[A4] fifty loads at once read the session once and reach one actor', async () => {
  let reads = 0;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        snapshot: (key) => {
          reads += 1;
          return store.snapshot(key);
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await world.host.unloadSession('one');
  await Promise.all(Array.from({ length: 50 }, () => world.host.loadSession('one')));
  expect(reads).toBe(1);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => session.update({ title: `t${index}` })),
  );
  expect(new Set(answers.map((answer) => answer.seq)).size).toBe(10);
});

test('[A5] a session that others load before its creation has been told is one actor all the same', async () => {
  const told = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  let started = 0;
  await using world = await hostWorld({
    agent: agentOf({
      start: async () => {
        started += 1;
      },
    }),
    wrap: (store) =>
      withCalls(store, {
        create: async (session): Promise<CreateOutcome> => {
          const outcome = await store.create(session);
          written.resolve();
          await told.promise;
          return outcome;
        },
      }),
  });
  const creating = world.host.createSession({ id: 'one', message: 'hello' });
  await written.promise;
  const session = world.host.session('one');
  await session.update({ title: 'early' });
  told.resolve();
  await creating;
  await until(async () => (await session.get()).state.activity === 'idle');
  expect(await session.update({ title: 'late' })).toMatchObject({ duplicate: false });
  expect(started).toBe(1);
  expect((await typesOf(session)).filter((type) => type.startsWith('run:'))).toEqual([
    'run:started',
    'run:completed',
  ]);
});

test('[G7] a session whose recovery failed is not taken for recovered', async () => {
  let isBroken = false;
  let tries = 0;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        scan: (key, scan) => {
          tries += 1;
          return isBroken ? Promise.reject(new Error('cannot be read')) : store.scan(key, scan);
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  const { runId = '' } = await session.submit({ content: 'hello' });
  await world.script.says('half ');
  const revived = world.restart();
  isBroken = true;
  await expect(revived.loadSession('one')).rejects.toThrow('cannot be read');
  expect(await revived.getLoadedSessionIds()).toEqual([]);
  await new Promise(setImmediate);
  expect(tries).toBe(1);
  isBroken = false;
  await revived.loadSession('one');
  expect(await revived.session('one').run({ runId })).toMatchObject({ status: 'interrupted' });
});

test('[A15] a session that is deleted while it is loaded leaves no actor behind', async () => {
  const gate = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  let isHeld = false;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        snapshot: async (key) => {
          const row = await store.snapshot(key);
          if (isHeld) {
            reading.resolve();
            await gate.promise;
          }
          return row;
        },
      }),
  });
  const { session } = await world.host.createSession({ id: 'one' });
  await world.host.unloadSession('one');
  isHeld = true;
  const loading = world.host.loadSession('one');
  await reading.promise;
  await session.delete();
  gate.resolve();
  await expect(loading).rejects.toMatchObject({ code: 'session-deleted' });
  await world.host.createSession({ id: 'one' });
  expect(await world.host.getLoadedSessionIds()).toEqual(['one']);
});

test('a session left by its actor is started anew only when the environment of the old one has stopped', async () => {
  const events: string[] = [];
  const stopped = Promise.withResolvers<void>();
  await using world = await hostWorld({
    agent: agentOf({
      start: async () => void events.push('start'),
      run: () => new Promise(() => undefined),
      stop: async () => {
        events.push('stop');
        await stopped.promise;
        events.push('stopped');
      },
    }),
  });
  const { session } = await world.host.createSession({});
  await session.submit({ content: 'hello' });
  await until(async () => (await session.get()).state.activity === 'running');
  world.faults.fence();
  const update = session.update({ title: 'new' });
  const submitted = update.then(() => session.submit({ content: 'again' }));
  await until(() => events.length > 1);
  stopped.resolve();
  await submitted;
  await until(() => events.length > 3);
  expect(events).toEqual(['start', 'stop', 'stopped', 'start']);
});

test('[G7] a run whose session broke is ended at once, and not when someone next asks for it', async () => {
  let isBroken = false;
  await using world = await hostWorld({
    wrap: (store) =>
      withCalls(store, {
        append: (append) => {
          if (!isBroken) return store.append(append);
          isBroken = false;
          return Promise.reject(new Error('a row that no table takes'));
        },
      }),
  });
  const { session } = await world.host.createSession({});
  const { runId = '' } = await session.submit({ content: 'hello' });
  await world.script.says('half ');
  isBroken = true;
  void world.script.says('lost');
  expect(await session.run({ runId, wait: 5 })).toMatchObject({ status: 'interrupted' });
});
