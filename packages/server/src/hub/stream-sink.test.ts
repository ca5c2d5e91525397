import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { nextTurn } from '../testing/hub-world.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { StallError } from './stall-error.ts';
import { StreamSink, type StreamSinkOptions } from './stream-sink.ts';

const frame = (cursor: string, length = 1) => ({ cursor, json: 'x'.repeat(length) });
const { signal: always } = new AbortController();

function sinkWith(given: Partial<StreamSinkOptions> = {}) {
  const clock = new ManualClock();
  const events: string[] = [];
  const sink = new StreamSink({
    ...{ clock, retryMs: 1_000, heartbeatMs: 15_000, stallMs: 10_000 },
    onStalled: () => events.push('stalled'),
    onCancelled: () => events.push('cancelled'),
    ...given,
  });
  const reader = sink.body.getReader();
  const decoder = new TextDecoder();
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? 'end' : decoder.decode(value);
  };
  return { clock, events, sink, reader, read };
}

test('[E3] a stream begins with its retry; the first frame is told, and has room again when it was read', async () => {
  const { sink, read } = sinkWith();
  expect(sink.send(frame('1'))).toBe(false);
  sink.send(frame('2'));
  expect((await sink.first).cursor).toBe('1');
  let hasRoom = false;
  const draining = sink.drained(always).then(() => {
    hasRoom = true;
  });
  await nextTurn();
  expect(hasRoom).toBe(false);
  expect(await read()).toBe('retry: 1000\n\nid: 1\ndata: x\n\nid: 2\ndata: x\n\n');
  await draining;
  expect(getEventListeners(always, 'abort')).toEqual([]);
  await sink.drained(always); // there is room
});

test('a frame goes straight to a reader that waits', async () => {
  const { sink, read } = sinkWith();
  await read();
  const next = read();
  await nextTurn();
  expect(sink.send(frame('1'))).toBe(true);
  expect(await next).toBe('id: 1\ndata: x\n\n');
});

test('a wait for room ends with its signal', async () => {
  const { sink } = sinkWith();
  const left = new AbortController();
  sink.send(frame('1'));
  const draining = sink.drained(left.signal);
  left.abort();
  await draining;
  expect(getEventListeners(left.signal, 'abort')).toEqual([]);
});

test('[E9] a stream that nobody reads stalls, its wait for room with it, and nothing is sent into it any more', async () => {
  const { sink, clock, events, read } = sinkWith();
  sink.send(frame('1'));
  const draining = sink.drained(always);
  clock.advance(9_999);
  expect(events).toEqual([]);
  clock.advance(1);
  expect(events).toEqual(['stalled']);
  await expect(draining).rejects.toBeInstanceOf(StallError);
  expect([sink.send(frame('2')), clock.pending]).toEqual([false, 0]);
  sink.fail(new Error('late'), String);
  sink.cut();
  await sink.drained(always);
  expect(await read()).toBe('end');
  expect(getEventListeners(always, 'abort')).toEqual([]);
});

test('[E9] a slice that was read begins the time anew, and what was read whole has none', async () => {
  const { sink, clock, events, read } = sinkWith();
  sink.send(frame('1', 20_000));
  clock.advance(9_000);
  expect((await read()).length).toBe(16_384);
  clock.advance(9_999);
  expect(events).toEqual([]);
  await read();
  expect(clock.pending).toBe(1); // the heartbeat's
  clock.advance(100_000);
  expect(events).toEqual([]);
});

test('[E9] a stall is found as soon as it is one, also where that is less than the time between two looks', () => {
  const { sink, clock, events } = sinkWith({ stallMs: 300 });
  sink.send(frame('1'));
  clock.advance(299);
  expect(events).toEqual([]);
  clock.advance(1);
  expect(events).toEqual(['stalled']);
});

test('[E12] a heartbeat comes only to a reader that waits, again and again', async () => {
  const { sink, clock, read } = sinkWith({ stallMs: 1_000_000 });
  clock.advance(15_000);
  expect(await read()).toBe('retry: 1000\n\n');
  for (let beat = 0; beat < 2; beat += 1) {
    const next = read();
    await nextTurn();
    clock.advance(15_000);
    expect(await next).toBe(':\n\n');
  }
  sink.send(frame('1'));
  clock.advance(15_000);
  expect(await read()).toBe('id: 1\ndata: x\n\n');
});

test('an error ends a stream once it was read, and no frame comes after it', async () => {
  const { sink, clock, read, events } = sinkWith();
  sink.send(frame('1'));
  sink.fail('why', (error) => `{"error":"${error}"}`);
  expect(sink.send(frame('2'))).toBe(false);
  expect(await read()).toBe('retry: 1000\n\nid: 1\ndata: x\n\nevent: error\ndata: {"error":"why"}\n\n');
  expect([await read(), clock.pending, events]).toEqual(['end', 0, []]);
});

test('a reader that cancels is told of once, lets go of whoever waits, and leaves no timer', async () => {
  const { sink, clock, reader, events } = sinkWith();
  sink.send(frame('1'));
  const draining = sink.drained(always);
  await reader.cancel();
  await draining;
  sink.cut();
  expect([events, clock.pending, sink.send(frame('2'))]).toEqual([['cancelled'], 0, false]);
});
