import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgresServer } from '../../testing/postgres-server.ts';
import {
  appendSample,
  createSample,
  sampleAppend,
  sampleBlock,
  sampleRun,
} from '../../testing/session-store-samples.ts';
import { runProgram } from '../../testing/store-programs/run-program.ts';
import { newestVersion } from '../sql/migration.ts';
import { migrations } from '../sql/migrations.ts';
import { connectionSettings } from './connection-settings.ts';
import { openOwner } from './open-owner.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';
import { schemaKey } from './schema-lock.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('[H2][Q16] a second process on the schema is refused and told who has it, until that one is gone', async () => {
  const schema = server.newSchema();
  await using holder = runProgram('hold-schema', server.url, schema);
  await holder.lines.next();
  const { pid } = holder.process;
  const second = storeOf({ schema, ownerTimeoutMs: 50 });
  await expect(second.open()).rejects.toMatchObject({
    code: 'database-locked',
    message: expect.stringMatching(
      new RegExp(
        `^Another process \\(perdure ${pid}@\\S+, from 127\\.0\\.0\\.1, since \\d{4}-\\S+Z, PostgreSQL process \\d+\\) has the schema "${schema}" of postgres on 127\\.0\\.0\\.1:\\d+\\. Stop it first`,
      ),
    ),
    details: { schema, name: expect.stringContaining(`perdure ${pid}@`), address: '127.0.0.1' },
  });
  // Another schema of the same database is another place.
  const other = storeOf({ schema: server.newSchema() });
  await other.open();
  await other.close();
  // The place ends with the process, however that ended: who waits for it gets it.
  const waiting = storeOf({ schema });
  const opening = waiting.open();
  holder.process.kill('SIGKILL');
  await opening;
  expect((await waiting.find('tenant', 'held'))?.head).toBe(1);
  await waiting.close();
});

test('[H5][Q16] an owner that lost its place writes nothing more, and its return is refused while another has it', async () => {
  const schema = server.newSchema();
  const [first, second] = [storeOf({ schema, ownerTimeoutMs: 50 }), storeOf({ schema })];
  await first.open();
  const record = await createSample(first);
  await server.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::int::oid`,
    [schemaKey(schema)],
  );
  await second.open();
  const claimed = await appendSample(second, record, { claim: true });
  expect(await first.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  await expect(first.reopen()).rejects.toMatchObject({ code: 'database-locked' });
  expect(await first.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  expect((await first.get(record.key))?.head).toBe(2);
  await second.close();
  await first.reopen();
  expect(await first.append(sampleAppend(record))).toEqual({ kind: 'fenced' });
  await appendSample(first, claimed, { claim: true });
  await first.close();
});

test('[H6] of stores that start at once on a new schema one migrates, and each finds it done once', async () => {
  const schema = server.newSchema();
  let migrated = 0;
  const next = {
    version: newestVersion(migrations) + 1,
    name: 'next',
    up: async () => {
      migrated += 1;
    },
  };
  const settings = connectionSettings({ url: server.url });
  const open = async () => {
    const owner = await openOwner(
      {
        ...{ settings, schema, durability: 'disk', ownerTimeoutMs: 20_000, onEnd: () => undefined },
        steps: [...migrations, next],
      },
      undefined,
    );
    await owner.close();
  };
  await Promise.all([open(), open(), open()]);
  expect(migrated).toBe(1);
  expect(await server.query(`SELECT version FROM ${schema}.schema_version`)).toEqual([
    { version: next.version },
  ]);
});

test('[H6] a migration that breaks off leaves the schema as it was, and the next start does it', async () => {
  const schema = server.newSchema();
  await storeWith({ schema }, (store) => createSample(store));
  const broken = {
    version: newestVersion(migrations) + 1,
    name: 'broken',
    up: async (db: Parameters<(typeof migrations)[0]['up']>[0]) => {
      await db.schema.dropTable('block').execute();
      await db.updateTable('session').set({ title: 'migrated' }).execute();
      throw new Error('in the middle');
    },
  };
  const settings = connectionSettings({ url: server.url });
  const options = {
    settings,
    schema,
    durability: 'disk',
    ownerTimeoutMs: 5_000,
    onEnd: () => undefined,
  } as const;
  const steps = [...migrations, broken];
  await expect(openOwner({ ...options, steps }, undefined)).rejects.toThrow('in the middle');
  await storeWith({ schema }, async (store) => {
    const record = await store.find('tenant', 'session');
    expect(record?.title).toBe('Notes');
    await appendSample(store, record ?? never());
  });
});

test.each(migrations.map(({ version, name }) => ({ version, name })))(
  '[H6] the schema that migration $version ($name) left behind opens',
  async ({ version, name }) => {
    const number = String(version).padStart(4, '0');
    const schema = `fixture_${number}`;
    // Made by the release that added the migration: its statements, and the rows of a store that had a session.
    await server.query(readFileSync(join(import.meta.dirname, 'fixtures', `${number}-${name}.sql`), 'utf8'));
    await storeWith({ schema }, async (store) => {
      const record = (await store.find('tenant', 'session')) ?? never();
      expect(record).toMatchObject({ title: 'Über', tags: ['a'], metadata: { k: 'v' }, head: 2 });
      const { rows } = await store.read(record.key, 0, 1_000);
      expect(rows.map(({ body }) => body)).toEqual(['{"seq":1}', '{"seq":2}']);
      const page = { conversationId: 'main', order: 'asc', limit: 9 } as const;
      expect(await store.blocks(record.key, page)).toEqual([sampleBlock(2, 'said')]);
      expect(await store.run(record.key, 'r1')).toEqual(sampleRun('r1'));
      expect((await store.command(record.key, 'ann', 'c1'))?.result).toEqual({ seq: 2 });
      expect(await store.snapshot(record.key)).toEqual({ through: 2, stateVersion: 1, body: '{}' });
      const claimed = await appendSample(store, record, { claim: true });
      expect(claimed.epoch).toBeGreaterThan(record.epoch);
    });
  },
);

test('[H6] a schema of a newer release is refused and not changed', async () => {
  const schema = server.newSchema();
  await storeWith({ schema }, (store) => createSample(store));
  const newer = newestVersion(migrations) + 1;
  await server.query(`UPDATE ${schema}.schema_version SET version = $1`, [newer]);
  await expect(storeOf({ schema }).open()).rejects.toMatchObject({
    code: 'database-newer',
    message: expect.stringContaining(`has version ${newer}, this release knows versions up to ${newer - 1}`),
  });
});

test('[H2] tables of another program are left alone', async () => {
  const schema = server.newSchema();
  await server.query(`CREATE SCHEMA ${schema}`);
  await server.query(`CREATE TABLE ${schema}.session (theirs int)`);
  await expect(storeOf({ schema }).open()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('holds tables of another program'),
  });
  expect(await server.query(`SELECT count(*)::int FROM pg_tables WHERE schemaname = $1`, [schema])).toEqual([
    { count: 1 },
  ]);
});

test('[H2] a schema that is there may be used without the right to make one', async () => {
  const schema = server.newSchema();
  await server.query(`CREATE ROLE clerk LOGIN PASSWORD 'clerk'`);
  await server.query(`CREATE SCHEMA ${schema} AUTHORIZATION clerk`);
  const connection = { host: '127.0.0.1', port: server.port, database: 'postgres', user: 'clerk' };
  const password = () => Promise.resolve('clerk');
  await storeWith({ url: undefined, connection: { ...connection, password }, schema }, (store) =>
    createSample(store),
  );
  const none = storeOf({
    url: undefined,
    connection: { ...connection, password },
    schema: server.newSchema(),
  });
  await expect(none.open()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('lacks a right'),
  });
});

test('[H2] a server that would lose what it acknowledged is refused, unless that is chosen', async () => {
  await server.query('ALTER SYSTEM SET fsync = off');
  await server.query('SELECT pg_reload_conf()');
  try {
    await expect
      .poll(async () => (await server.query('SHOW fsync'))[0]?.['fsync'], { timeout: 10_000 })
      .toBe('off');
    await expect(storeOf({}).open()).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('fsync = off'),
    });
    await storeWith({ durability: 'process' }, (store) => createSample(store));
  } finally {
    await server.query('ALTER SYSTEM RESET fsync');
    await server.query('SELECT pg_reload_conf()');
  }
});

test.each(['disk', 'process'] as const)(
  '[H2] what is committed is synced as the durability %s says, and claims always are',
  async (durability) => {
    const schema = server.newSchema();
    await server.query("ALTER ROLE perdure SET synchronous_commit = 'off'");
    try {
      await storeWith({ durability, schema }, async (store) => {
        await server.query(`CREATE TABLE ${schema}.levels (level text)`);
        await server.query(`
          CREATE FUNCTION ${schema}.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO ${schema}.levels VALUES (current_setting('synchronous_commit'));
            RETURN NULL;
          END $$`);
        await server.query(`
          CREATE CONSTRAINT TRIGGER noted AFTER UPDATE ON ${schema}.session DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION ${schema}.note()`);
        const record = await appendSample(store, await createSample(store));
        await appendSample(store, record, { claim: true });
        const levels = await server.query(`SELECT level FROM ${schema}.levels`);
        expect(levels.map(({ level }) => level)).toEqual([durability === 'disk' ? 'on' : 'off', 'on']);
      });
    } finally {
      await server.query('ALTER ROLE perdure RESET synchronous_commit');
    }
  },
);

test('[H2] a database that keeps other text than UTF-8 is refused', async () => {
  await server.query(
    `CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'`,
  );
  const url = server.url.replace(/postgres$/, 'ascii');
  await expect(storeOf({ url }).open()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('UTF8'),
  });
});

test('[H2] a database that lets nobody in is told by its place, and never with its password', async () => {
  const wrong = [
    [server.url.replace(/:[^:@]+@/, ':hush-hush@'), 'refuses the user or the password'],
    [server.url.replace(/postgres$/, 'nowhere'), 'There is no database nowhere on 127.0.0.1'],
    ['postgres://perdure:hush-hush@127.0.0.1:1/postgres', 'cannot be reached'],
    ['postgres://perdure:hush-hush@no-such.invalid/postgres', 'cannot be reached'],
  ];
  for (const [url = '', words = ''] of wrong) {
    const error = await storeOf({ url })
      .open()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid', message: expect.stringContaining(words) });
    expect(String(error)).not.toContain('hush-hush');
  }
});

test('[H2] a server without a connection left is told, at the start as later', async () => {
  const schema = server.newSchema();
  await server.query("CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 1");
  await server.query(`CREATE SCHEMA ${schema} AUTHORIZATION few`);
  const url = `postgres://few:few@127.0.0.1:${server.port}/postgres`;
  const holder = new pg.Client(url);
  await holder.connect();
  await expect(storeOf({ url, schema }).open()).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining('no connection left'),
  });
  await holder.end();
  await storeWith({ url, schema }, async (store) => {
    const record = await createSample(store); // the one connection is the one that writes
    await expect(store.get(record.key)).rejects.toMatchObject({ code: 'storage-unreadable' });
    expect(await store.health()).toMatchObject({ isReadable: false, isWritable: true });
  });
});

test('[H2] a closed store can be asked nothing, says so, and leaves no connection behind', async () => {
  const schema = server.newSchema();
  const store = storeOf({ schema });
  await store.open();
  await createSample(store);
  await store.list({ scope: { tenantId: 'tenant' }, limit: 9 });
  await store.close();
  await expect(store.get(1)).rejects.toMatchObject({ code: 'shutting-down' });
  await expect(createSample(store)).rejects.toMatchObject({ code: 'shutting-down' });
  expect(await store.health()).toEqual({ isReadable: false, isWritable: false, isResponsive: false });
  await expect
    .poll(() => server.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'perdure %'"))
    .toEqual([]);
});

function storeOf(options: Partial<PostgresStoreOptions>): PostgresSessionStore {
  return new PostgresSessionStore({
    ...{ url: server.url, schema: options.schema ?? server.newSchema(), maxConnections: 3 },
    ...options,
  });
}

async function storeWith(
  options: Partial<PostgresStoreOptions>,
  use: (store: PostgresSessionStore) => Promise<unknown>,
): Promise<void> {
  const store = storeOf(options);
  await store.open();
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

function never(): never {
  throw new Error('The sample is missing.');
}
