import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import {
  appendSample,
  createSample,
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import { MemorySessionStore } from '../memory-session-store.ts';
import type { SessionQuery, SessionRecord, SessionStore } from '../session-store.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';

let server: PostgresServer;
let store: PostgresSessionStore;
beforeAll(async () => {
  server = await startPostgresServer();
  store = new PostgresSessionStore({ url: server.url });
  await store.open();
});
afterAll(async () => {
  await store.close();
  await server[Symbol.asyncDispose]();
});

const odd = 'a\0b\ud800c\udc00\x1a\x01"\\\\u0000 \\u001a %_\u{1f600}\u2028';

test('[H2] what PostgreSQL has no characters for comes back as it was, from every column', async () => {
  const created = await createSample(store, {
    ...{ tenantId: `t${odd}`, id: `i${odd}`, ownerId: `o${odd}`, parentId: `p${odd}` },
    record: {
      ...{ title: odd, tags: [odd, '\0'], metadata: { [odd]: odd, deep: { [odd]: [odd] } } },
      ...{ agent: odd, swarm: odd, lastText: odd },
    },
  });
  const command = { principalId: odd, commandId: odd, hash: odd, result: { [odd]: odd } };
  const block = { ...sampleBlock(2, odd, odd) };
  const record = await appendSample(store, created, {
    rows: [sampleRow(1, { type: odd, body: JSON.stringify({ text: odd }) })],
    ...{ command, blocks: [block], runs: [sampleRun(odd, { agent: odd })] },
    snapshot: { through: 2, stateVersion: 1, body: JSON.stringify(odd) },
  });
  expect(record).toEqual({ ...created, head: 2, logBytes: record.logBytes });
  expect(created).toMatchObject({
    title: odd,
    ownerId: `o${odd}`,
    parentId: `p${odd}`,
    swarm: odd,
    lastText: odd,
  });
  expect(created.tags).toEqual([odd, '\0']);
  expect(created.metadata).toEqual({ [odd]: odd, deep: { [odd]: [odd] } });
  expect(await store.find(`t${odd}`, `i${odd}`)).toEqual(record);
  expect((await store.read(record.key, 1, 1_000)).rows).toMatchObject([
    { type: odd, body: JSON.stringify({ text: odd }) },
  ]);
  const scan = { after: 0, order: 'asc', audience: 'client', types: [odd], maxRows: 9 } as const;
  expect(await store.scan(record.key, scan)).toHaveLength(1);
  expect(await store.command(record.key, odd, odd)).toEqual(command);
  expect(await store.blocks(record.key, { conversationId: odd, order: 'asc', limit: 9 })).toEqual([block]);
  expect(await store.run(record.key, odd)).toMatchObject({ runId: odd, agent: odd });
  expect(await store.snapshot(record.key)).toMatchObject({ body: JSON.stringify(odd) });
  const again = await store.append({
    ...{ key: record.key, epoch: record.epoch, claim: false, after: 2, rows: [], record: {}, blocks: [] },
    ...{ runs: [], essential: false, command: { ...command, hash: 'other' } },
  });
  expect(again).toEqual({ kind: 'duplicate', hash: odd, result: { [odd]: odd } });
});

test('[H2] lists find odd texts where they are and nowhere else, as the store in memory does', async () => {
  const memory = new MemorySessionStore();
  await memory.open();
  const unit = fc.constantFrom(
    '\0',
    '\x1a',
    '\x01',
    '\x08',
    '\ud83d',
    '\ude00',
    'a',
    'B',
    '"',
    '\\',
    'u0000',
    '{',
    ',',
  );
  const text = fc.array(unit, { maxLength: 5 }).map((units) => units.join(''));
  const known = fc.constantFrom('\0', 'a', '\\u0000', '","', '\ud83d', '');
  const any = fc.oneof(text, known);
  // Keys without a backslash: after an object with such a key, V8 13 reads an escaped key of another as that one
  // (`JSON.parse('{"\\\\":1}')`, then `'{"\\n":1}'` with one field before each).
  const key = any.filter((part) => !part.includes('\\'));
  const session = fc.record({
    title: any,
    lastText: any,
    tags: fc.array(any, { maxLength: 3 }),
    metadata: fc.dictionary(key, fc.oneof(any, fc.constant(1), fc.record({ a: any })), { maxKeys: 3 }),
  });
  const query = fc.oneof(
    fc.record({ text: any.filter((part) => part.isWellFormed()) }),
    fc.record({ tag: any }),
    fc.record({ metadata: fc.dictionary(key, any, { minKeys: 1, maxKeys: 2 }) }),
  );
  let world = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(session, { minLength: 1, maxLength: 4 }),
      fc.array(query, { minLength: 1, maxLength: 6 }),
      async (sessions, queries) => {
        world += 1;
        const tenantId = `world-${world}`;
        for (const [index, record] of sessions.entries()) {
          const sample = { tenantId, id: `s${index}`, record };
          for (const each of [store, memory] as SessionStore[]) await createSample(each, sample);
        }
        const [first] = sessions;
        const own: Query[] = [
          { text: first?.title.toUpperCase() },
          ...(first?.tags.map((tag) => ({ tag })) ?? []),
          ...Object.entries(first?.metadata ?? {}).flatMap(([key, value]) =>
            typeof value === 'string' ? [{ metadata: { [key]: value } }] : [],
          ),
        ];
        for (const asked of [...queries, ...own.filter(isWhole)]) {
          const found = async (each: SessionStore) =>
            (await each.list({ ...asked, scope: { tenantId }, limit: 9 })).map(content);
          expect(await found(store)).toEqual(await found(memory));
          const { length } = await found(memory);
          expect(await store.count({ ...asked, scope: { tenantId } })).toBe(length);
        }
      },
    ),
    { numRuns: 60 },
  );
});

type Query = Pick<SessionQuery, 'text' | 'tag' | 'metadata'>;

test('[H2] a list is in the order of its bytes, whatever language the database speaks', async () => {
  const times = ['b', 'B', 'a', 'A', '_', 'é', 'Z', '1', '\u{fffd}', 'z'];
  const scope = { tenantId: 'ordered' };
  for (const [index, updatedAt] of times.entries())
    await createSample(store, { ...scope, id: `s${index}`, record: { updatedAt } });
  const listed = await store.list({ scope, limit: 20 });
  const inOrder = [...times].sort().reverse();
  expect(listed.map(({ updatedAt }) => updatedAt)).toEqual(inOrder);
  const rest = await store.list({ scope, limit: 20, after: listed[3] });
  expect(rest.map(({ updatedAt }) => updatedAt)).toEqual(inOrder.slice(4));
});

/** A part that is cut through a pair is found by JavaScript, and by no database. */
const isWhole = ({ text = '' }: Query) => text.isWellFormed();

const content = ({ id, title, lastText, tags, metadata }: SessionRecord) => ({
  ...{ id, title, lastText, tags, metadata },
});
