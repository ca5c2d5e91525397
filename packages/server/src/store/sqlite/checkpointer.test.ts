import { closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { Checkpointer } from './checkpointer.ts';
import { openConnection } from './open-connection.ts';

test('[H2] a reader that takes long is not waited for after every group, and the log shrinks when it is gone', () => {
  using temporary = temporaryDirectory();
  const path = join(temporary.path, 'perdure.db');
  closeSync(openSync(path, 'wx'));
  const options = { path, durability: 'process', busyTimeoutMs: 1_000 } as const;
  const db = openConnection({ ...options, isReader: false });
  db.exec('CREATE TABLE page (body)');
  const reader = openConnection({ ...options, isReader: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM page').get();

  const asked: string[] = [];
  const checkpointer = new Checkpointer(recording(db, asked), 1_000);
  const waits = () => asked.filter((pragma) => pragma.includes('TRUNCATE')).length;
  const insert = db.prepare('INSERT INTO page VALUES (zeroblob(?))');
  const write = (pages: number) => {
    insert.run(pages * 4_096);
    checkpointer.run();
  };
  for (let written = 0; written < 18_000; written += 500) write(500);
  const first = waits();
  expect(first).toBeGreaterThan(0);
  for (let group = 0; group < 50; group += 1) write(1);
  expect(waits()).toBeLessThanOrEqual(first + 1);

  reader.exec('COMMIT');
  for (let group = 0; group < 4; group += 1) write(500);
  expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(16_000 * 4_096);
  expect(db.pragma('busy_timeout', { simple: true })).toBe(1_000);
  reader.close();
  db.close();
});

/** The connection, which tells what it is asked for besides. */
function recording(db: Database.Database, asked: string[]): Database.Database {
  return new Proxy(db, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function') return found;
      return (...args: unknown[]) => {
        if (name === 'pragma') asked.push(String(args[0]));
        return found.apply(target, args);
      };
    },
  });
}
