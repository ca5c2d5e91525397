import { expect, test } from 'vitest';
import { sampleSession } from '../../packages/server/src/testing/session-store-samples.ts';
import { sessionStoreContract } from '../../packages/server/src/testing/session-store-contract.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { SimulatedDisk } from './disk/simulated-disk.ts';
import { SimulatedSessionStore } from './simulated-session-store.ts';

sessionStoreContract('SimulatedSessionStore', {
  isDurable: true,
  async open(options = {}) {
    const { next } = seededRandom(1, 'contract');
    const disk = new SimulatedDisk({ random: next, ...options });
    const start = async () => {
      const store = new SimulatedSessionStore({ disk, random: next });
      await store.open();
      return store;
    };
    let store = await start();
    return {
      get store() {
        return store;
      },
      async restart() {
        await store.close();
        store = await start();
        return store;
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  },
});

/** A store whose groups stay on their way until they are let through. */
function heldStore(random: () => number) {
  const disk = new SimulatedDisk({ random });
  const waiting: (() => void)[] = [];
  const store = new SimulatedSessionStore({
    disk,
    random,
    later: (work, done) => (work === 'fsync' ? void waiting.push(done) : done()),
  });
  const letThrough = () => {
    for (const done of waiting.splice(0)) done();
  };
  return { disk, store, letThrough };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test.each([
  [0, 0],
  [0.4, 1],
  [0.9, 2],
])(
  '[H7] a crash leaves the first few writes on their way: chance %f leaves %i of two',
  async (chance, left) => {
    const { disk, store } = heldStore(() => chance);
    await store.open();
    const told: string[] = [];
    for (const id of ['a', 'b']) void store.create(sampleSession({ id })).then(() => told.push(id));
    await turn();
    store.crash();
    await turn();
    expect(disk.image.sessions.size).toBe(left);
    expect(told).toEqual([]);
  },
);

test.each([
  ['none', 0],
  ['all', 1],
] as const)(
  '[H7] a failing disk that writes %s is unknown until it was repaired and reopened',
  async (writes, left) => {
    const { disk, store, letThrough } = heldStore(() => 0.5);
    await store.open();
    store.breakDown({ writes });
    const unknown = store.create(sampleSession());
    await turn();
    letThrough();
    expect((await unknown).kind).toBe('unknown');
    expect(disk.image.sessions.size).toBe(left);
    await expect(store.reopen()).rejects.toThrow('disk I/O error');
    expect((await store.create(sampleSession({ id: 'other' }))).kind).toBe('unknown');
    expect((await store.health()).isWritable).toBe(false);
    store.repair();
    await store.reopen();
    const again = store.create(sampleSession());
    await turn();
    letThrough();
    expect((await again).kind).toBe(left === 0 ? 'created' : 'exists');
  },
);

test.each([true, false])(
  'a read sees the disk as it is asked for (%s), or as it is answered',
  async (isAtOnce) => {
    const random = () => 0.5;
    const answers: (() => void)[] = [];
    const store = new SimulatedSessionStore({
      ...{ disk: new SimulatedDisk({ random }), random, seesAtOnce: () => isAtOnce },
      later: (work, done) => (work === 'read' ? void answers.push(done) : done()),
    });
    await store.open();
    const reading = store.find('tenant', 'a');
    await store.create(sampleSession({ id: 'a' }));
    for (const answer of answers) answer();
    expect((await reading)?.id).toBe(isAtOnce ? undefined : 'a');
  },
);

test('[H7] an older image that is restored takes back what came after it', async () => {
  const random = () => 0.5;
  const disk = new SimulatedDisk({ random });
  const store = new SimulatedSessionStore({ disk, random });
  await store.open();
  await store.create(sampleSession({ id: 'a' }));
  const older = disk.copy();
  await store.create(sampleSession({ id: 'b' }));
  await store.close();
  disk.restore(older);
  const anew = new SimulatedSessionStore({ disk, random });
  await anew.open();
  expect((await anew.list({ scope: { tenantId: 'tenant' }, limit: 9 })).map(({ id }) => id)).toEqual(['a']);
  await anew.close();
});
