import { expect, test } from 'vitest';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import { FaultySessionStore } from './faulty-session-store.ts';
import { createSample, sampleAppend } from './session-store-samples.ts';

async function faultyStore() {
  const inner = new MemorySessionStore();
  await inner.open();
  const record = await createSample(inner);
  return { faulty: new FaultySessionStore(inner), inner, record };
}

test('a broken store answers unknown until it is repaired and reopened', async () => {
  const { faulty, inner, record } = await faultyStore();
  const { store } = faulty;
  faulty.breakDown();
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  expect(await store.health()).toMatchObject({ isReadable: true, isWritable: false });
  await expect(store.remove(record.key)).rejects.toThrow('disk I/O error');
  await expect(store.reopen()).rejects.toThrow('disk I/O error');
  expect((await inner.get(record.key))?.head).toBe(1);
  faulty.repair();
  await store.reopen();
  expect(await store.append(sampleAppend(record))).toMatchObject({ kind: 'committed' });
});

test('an unknown outcome may have been written', async () => {
  const { faulty, inner, record } = await faultyStore();
  faulty.breakDown({ writesAnyway: true });
  expect(await faulty.store.append(sampleAppend(record))).toMatchObject({ kind: 'unknown' });
  expect((await inner.get(record.key))?.head).toBe(2);
});

test('the next appends can be fenced, and writes can be kept waiting', async () => {
  const { faulty, inner, record } = await faultyStore();
  faulty.fence();
  expect(await faulty.store.append(sampleAppend(record))).toEqual({ kind: 'fenced' });
  const release = faulty.hold();
  const waiting = faulty.store.append(sampleAppend(record));
  expect((await inner.get(record.key))?.head).toBe(1);
  release();
  expect(await waiting).toMatchObject({ kind: 'committed' });
});
