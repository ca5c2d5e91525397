import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { nextTurn } from '../testing/hub-world.ts';
import { FollowerStream } from './follower-stream.ts';

const frame = (cursor: string) => ({ cursor, json: '{}' });

/** Whether a promise has settled by now. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await nextTurn();
  return isSettled;
}

test('[E10] a frame waits for who takes it, and room is there when it was taken', async () => {
  const stream = new FollowerStream();
  const { signal } = new AbortController();
  await stream.drained(signal);
  expect(stream.send(frame('1'))).toBe(false);
  const draining = stream.drained(signal);
  expect([await hasSettled(draining), getEventListeners(signal, 'abort').length]).toEqual([false, 1]);
  expect((await stream.take())?.cursor).toBe('1');
  await draining;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('a frame goes straight to who waits for one', async () => {
  const stream = new FollowerStream();
  const taking = stream.take();
  expect(stream.send(frame('1'))).toBe(true);
  expect((await taking)?.cursor).toBe('1');
  expect(stream.send(frame('2'))).toBe(false);
});

test('a wait for room ends with its signal, or when nobody takes any more', async () => {
  const stream = new FollowerStream();
  const left = new AbortController();
  stream.send(frame('1'));
  const first = stream.drained(left.signal);
  left.abort();
  await first;
  const { signal } = new AbortController();
  const second = stream.drained(signal);
  stream.discard();
  await second;
  expect([left.signal, signal].flatMap((heard) => getEventListeners(heard, 'abort'))).toEqual([]);
  expect(await stream.take()).toBeUndefined();
});

test('the end comes after the frame that waits, and is the first that was told', async () => {
  const boom = new Error('boom');
  const failed = new FollowerStream();
  failed.send(frame('1'));
  failed.end(boom);
  failed.end();
  expect((await failed.take())?.cursor).toBe('1');
  await expect(failed.take()).rejects.toBe(boom);
  await expect(failed.take()).rejects.toBe(boom);
  const over = new FollowerStream();
  over.end();
  over.end(boom);
  expect(await over.take()).toBeUndefined();
});

test('who waits is told of the end, with its error or without', async () => {
  const boom = new Error('boom');
  const failed = new FollowerStream();
  const failing = failed.take();
  failed.end(boom);
  await expect(failing).rejects.toBe(boom);
  const over = new FollowerStream();
  const taking = over.take();
  over.end();
  expect(await taking).toBeUndefined();
});
