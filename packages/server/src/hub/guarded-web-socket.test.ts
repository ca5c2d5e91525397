import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { guardedWebSocket, unsentBytesOf } from './guarded-web-socket.ts';

test('a stream tells how much of a write is still here, where Node knows', () => {
  const stream = new Duplex();
  expect(unsentBytesOf(stream)).toBeUndefined();
  for (const [handle, expected] of [
    [null, undefined],
    [{}, undefined],
    [{ writeQueueSize: 'many' }, undefined],
    [{ writeQueueSize: 0 }, 0],
    [{ writeQueueSize: 7 }, 7],
  ] as const) {
    expect(unsentBytesOf(Object.assign(stream, { _handle: handle }))).toBe(expected);
  }
});

test('a socket is closed and heard through its two halves, as they are now', () => {
  const stream = Object.assign(new Duplex(), { _handle: { writeQueueSize: 1 } });
  const closed: unknown[] = [];
  const webSocket = { bufferedAmount: 5, answers: 0, close: (...why: unknown[]) => void closed.push(why) };
  const guarded = guardedWebSocket(webSocket, stream);
  Object.assign(webSocket, { bufferedAmount: 6, answers: 2 });
  expect([guarded.bufferedAmount, guarded.unsentBytes, guarded.answers]).toEqual([6, 1, 2]);
  let drains = 0;
  const stop = guarded.onDrain(() => {
    drains += 1;
  });
  stream.emit('drain');
  stop();
  stream.emit('drain');
  guarded.close(4008, 'stalled');
  expect([drains, stream.listenerCount('drain'), closed]).toEqual([1, 0, [[4008, 'stalled']]]);
});
