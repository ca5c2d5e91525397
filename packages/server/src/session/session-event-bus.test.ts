import { getEventListeners } from 'node:events';
import type { AnyEvent } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { silentLogger } from '../testing/silent-logger.ts';
import { SessionEventBus } from './session-event-bus.ts';
import { subscribeIterable } from './subscribe-iterable.ts';

const event = (type: string, seq = 1): AnyEvent => ({
  seq,
  at: '2026-01-01T00:00:00.000Z',
  type,
  payload: { level: 'info', message: String(seq) },
  actor: { principalId: 'ann' },
  source: 'agent',
});

function open() {
  const errors: object[] = [];
  const logger = { ...silentLogger, error: (fields: object) => errors.push(fields) };
  return { bus: new SessionEventBus({ logger }), errors };
}

test('[B4] a subscriber to one type never sees another, and closing twice is harmless', () => {
  const { bus } = open();
  const seen: string[] = [];
  const subscription = bus.subscribe('committed', ['log'], ({ type }) => seen.push(type));
  bus.publishCommitted([event('log'), event('error'), event('log', 2)]);
  subscription.close();
  subscription.close();
  bus.publishCommitted([event('log', 3)]);
  expect(seen).toEqual(['log', 'log']);
  expect(bus.listenerCount).toBe(0);
});

test('[B4] taps do not mix: what is asked for is not yet told as durable', () => {
  const { bus } = open();
  const seen: string[] = [];
  bus.subscribe('emitted', undefined, ({ type }) => seen.push(`emitted ${type}`));
  bus.subscribe('committed', undefined, ({ type }) => seen.push(`committed ${type}`));
  bus.publishEmitted(event('log'));
  bus.publishCommitted([event('error')]);
  expect(seen).toEqual(['emitted log', 'committed error']);
});

test('[B4] subscribing and closing during a delivery is safe', () => {
  const { bus } = open();
  const seen: string[] = [];
  const second = bus.subscribe('committed', undefined, () => seen.push('second'));
  bus.subscribe('committed', undefined, ({ seq }) => {
    if (seq !== 1) return;
    second.close();
    bus.subscribe('committed', undefined, () => seen.push('third'));
  });
  const fourth = bus.subscribe('committed', undefined, () => seen.push('fourth'));
  bus.publishCommitted([event('log', 1), event('log', 2)]);
  fourth.close();
  expect(seen).toEqual(['second', 'fourth', 'fourth', 'third']);
});

test('[B4] as an async iterable it gives each event once and ends with its signal', async () => {
  const { bus } = open();
  const closer = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of subscribeIterable(bus, ['log'], closer.signal)) {
      seen.push(seq);
      if (seq === 3) closer.abort();
    }
  })();
  bus.publishCommitted([event('log', 1), event('error', 2), event('log', 3)]);
  await reading;
  expect(seen).toEqual([1, 3]);
  expect(bus.listenerCount).toBe(0);
});

test('[B16] an async iterable ends with the bus, after what was published before', async () => {
  const { bus } = open();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { seq } of subscribeIterable(bus, ['log'], new AbortController().signal)) seen.push(seq);
  })();
  await Promise.resolve();
  bus.publishCommitted([event('log', 1), event('log', 2)]);
  bus.destroy();
  await reading;
  expect(seen).toEqual([1, 2]);
  for await (const { seq } of subscribeIterable(bus, ['log'], new AbortController().signal)) seen.push(seq);
  expect(seen).toHaveLength(2);
});

test('[B8] a listener that throws or rejects stops neither the others nor the publisher', async () => {
  const { bus, errors } = open();
  const seen: number[] = [];
  bus.subscribe('committed', undefined, () => {
    throw new Error('boom');
  });
  bus.subscribe('committed', undefined, () => Promise.reject(new Error('later')));
  bus.subscribe('committed', undefined, ({ seq }) => seen.push(seq));
  bus.publishCommitted([event('log', 1), event('log', 2)]);
  await Promise.resolve();
  expect(seen).toEqual([1, 2]);
  expect(errors).toHaveLength(4);
});

test('[B16] a destroyed bus neither throws nor delivers', () => {
  const { bus } = open();
  const seen: string[] = [];
  bus.subscribe('committed', undefined, ({ type }) => seen.push(type));
  bus.destroy();
  bus.publishCommitted([event('error')]);
  bus.publishEmitted(event('error'));
  bus.subscribe('committed', undefined, ({ type }) => seen.push(type)).close();
  bus.publishCommitted([event('error')]);
  expect(seen).toEqual([]);
  expect(bus.listenerCount).toBe(0);
});

test('[B16] a reader that is ten thousand events behind is told so, after those that it has', async () => {
  const { bus } = open();
  const reading = subscribeIterable(bus, undefined, new AbortController().signal);
  const first = reading.next();
  for (let seq = 1; seq <= 10_001; seq += 1) bus.publishCommitted([event('log', seq)]);
  expect((await first).value?.seq).toBe(1);
  for (let seq = 2; seq <= 10_000; seq += 1) expect((await reading.next()).value?.seq).toBe(seq);
  bus.publishCommitted([event('log', 10_002)]);
  await expect(reading.next()).rejects.toThrow('10000 events behind');
  expect(bus.listenerCount).toBe(0);
});

test('[B16] a reader that has left leaves no listener behind, on its signal or the bus', async () => {
  const { bus } = open();
  const { signal } = new AbortController();
  const reading = subscribeIterable(bus, undefined, signal);
  const first = reading.next();
  bus.publishCommitted([event('log')]);
  await first;
  expect([signal, bus.destroyed].map((heard) => getEventListeners(heard, 'abort').length)).toEqual([1, 1]);
  await reading.return();
  expect([signal, bus.destroyed].map((heard) => getEventListeners(heard, 'abort').length)).toEqual([0, 0]);
  for await (const _event of subscribeIterable(bus, undefined, AbortSignal.abort())) throw new Error('read');
  expect(bus.listenerCount).toBe(0);
});

test('[B8] what a listener did wrong is logged with the event it was called with', async () => {
  const { bus, errors } = open();
  bus.subscribe('committed', ['error'], () => Promise.reject(new Error('boom')));
  {
    using _subscription = bus.subscribe('emitted', undefined, () => undefined);
    expect(bus.listenerCount).toBe(2);
  }
  expect(bus.listenerCount).toBe(1);
  bus.publishCommitted([event('error')]);
  await Promise.resolve();
  expect(errors).toMatchObject([{ err: { message: 'boom' }, event: 'error' }]);
});

test('[B4] who is closed, or whose bus ends, during a delivery gets nothing of it any more', () => {
  const { bus } = open();
  const seen: string[] = [];
  const first = bus.subscribe('committed', undefined, ({ seq }) => {
    if (seq === 1) second.close();
    if (seq === 2) bus.destroy();
  });
  const second = bus.subscribe('committed', undefined, () => seen.push('second'));
  bus.subscribe('committed', undefined, ({ seq }) => seen.push(`third ${seq}`));
  bus.publishCommitted([event('log', 1), event('log', 2), event('log', 3)]);
  first.close();
  expect(seen).toEqual(['third 1']);
});
