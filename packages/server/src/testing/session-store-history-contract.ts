import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionStore } from '../store/session-store.ts';
import type { SessionStoreSetup } from './session-store-contract.ts';
import { type ModelSession, type Operation, SessionStoreModel } from './session-store-model.ts';
import { sampleAppend, sampleRow, sampleSession } from './session-store-samples.ts';

const id = fc.constantFrom('a', 'b', 'c');
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), id }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      id,
      types: fc.array(fc.constantFrom('block:delta', 'log', 'run:started'), { minLength: 1, maxLength: 4 }),
      claim: fc.boolean(),
      stale: fc.option(fc.constantFrom('epoch' as const, 'head' as const), { nil: undefined, freq: 4 }),
      command: fc.option(fc.constantFrom('c1', 'c2', 'c3'), { nil: undefined }),
      floor: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('compact' as const),
      id,
      part: fc.double({ min: 0, max: 1.2, noNaN: true }),
    }),
  },
);
const history = fc.array(fc.oneof({ weight: 30, arbitrary: operation }, fc.constant('restart' as const)), {
  maxLength: 40,
});

/** Any history of operations ends as a very small model says it must. */
export function historyContract({ open }: SessionStoreSetup): void {
  describe('any history', () => {
    test('[H2] ends as the model says', async () => {
      await using opened = await open();
      let store = opened.store;
      let run = 0;
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          run += 1;
          const world = new World(`tenant-${run}`);
          for (const step of steps) {
            if (step === 'restart') store = await opened.restart();
            else await world.apply(store, step);
          }
          await world.check(store);
        }),
        { numRuns: 50 },
      );
    });
  });
}

/** The model and, beside it, what the store has to agree to. */
class World {
  readonly #tenantId: string;
  readonly #model = new SessionStoreModel();

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  async apply(store: SessionStore, step: Operation): Promise<void> {
    switch (step.kind) {
      case 'create':
        return this.#create(store, step.id);
      case 'append':
        return this.#append(store, step);
      case 'remove': {
        const session = this.#model.sessions.get(step.id);
        if (session === undefined) return;
        await store.remove(session.key);
        this.#model.sessions.delete(step.id);
        return;
      }
      case 'compact': {
        const session = this.#model.sessions.get(step.id);
        if (session === undefined) return;
        const before = Math.round(session.head * step.part);
        await store.compact(session.key, before);
        this.#model.compact(step.id, before);
      }
    }
  }

  async check(store: SessionStore): Promise<void> {
    const listed = await store.list({ scope: { tenantId: this.#tenantId }, limit: 10 });
    expect(listed.map((record) => record.id).sort()).toEqual([...this.#model.sessions.keys()].sort());
    for (const session of this.#model.sessions.values()) await checkSession(store, session);
  }

  async #create(store: SessionStore, sessionId: string): Promise<void> {
    const outcome = await store.create(sampleSession({ tenantId: this.#tenantId, id: sessionId }));
    expect(outcome.kind).toBe(this.#model.create(sessionId));
    if (outcome.kind === 'created') this.#model.created(sessionId, outcome.record.key, outcome.record.epoch);
  }

  async #append(store: SessionStore, step: Extract<Operation, { kind: 'append' }>): Promise<void> {
    const { key, epochs, head } = this.#model.sessions.get(step.id) ?? { key: 0, epochs: [1], head: 1 };
    const epoch = (epochs.at(-1) ?? 0) - (step.stale === 'epoch' ? 1 : 0);
    const after = head - (step.stale === 'head' ? 1 : 0);
    const command = { principalId: 'ann', commandId: step.command ?? '', hash: 'h', result: {} };
    const through = after + step.types.length;
    const base = { snapshot: { through, stateVersion: 1, body: '{}' } };
    const outcome = await store.append(
      sampleAppend(
        { key, epoch, head: after },
        {
          claim: step.claim,
          rows: step.types.map((type, index) => sampleRow(after + index, { type })),
          command: step.command === undefined ? undefined : command,
          ...(step.floor === undefined ? {} : { ...base, floor: Math.round(through * step.floor) }),
        },
      ),
    );
    expect(outcome.kind).toBe(this.#model.append(step));
    if (outcome.kind === 'committed' && step.claim) {
      expect(outcome.epoch).toBeGreaterThan(epoch);
      epochs.push(outcome.epoch);
    }
  }
}

async function checkSession(store: SessionStore, session: ModelSession): Promise<void> {
  const { rows, head, floor } = await store.read(session.key, 0, Number.MAX_SAFE_INTEGER);
  expect({ head, floor }).toEqual({ head: session.head, floor: session.floor });
  expect(rows).toEqual(
    session.rows.map(({ through, type, claim }) => ({
      ...sampleRow(through - 1, { type }),
      epoch: session.epochs[claim],
    })),
  );
  const claims = await store.claims(session.key);
  expect(claims.map(({ epoch }) => epoch)).toEqual(session.epochs);
  const after = Math.floor(session.head / 2);
  const scan = {
    after,
    order: 'desc',
    types: ['log', 'run:started'],
    audience: 'client',
    maxRows: 3,
  } as const;
  const sought = session.rows.filter(({ through, type }) => through > after && /^(log|run)/.test(type));
  expect((await store.scan(session.key, scan)).map(({ through }) => through)).toEqual(
    sought
      .map(({ through }) => through)
      .reverse()
      .slice(0, 3),
  );
}
