import { type Block, emptySessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { silentLogger } from '../testing/silent-logger.ts';
import { EmissionQueue, HIGH_WATER_BYTES, OVERFLOW_BYTES } from './emission-queue.ts';
import { createRunEmitter, type RunEmitterOptions } from './run-emitter.ts';
import { type EmittedEvent, SessionEventBus } from './session-event-bus.ts';

const text = (id: string): Block => ({ id, type: 'assistant_text', status: 'pending', content: '' });
const line = (message: string) => ({ level: 'info', message }) as const;

function emitter(given: Partial<RunEmitterOptions> = {}) {
  const queue = new EmissionQueue();
  const bus = new SessionEventBus({ logger: silentLogger });
  const told: EmittedEvent[] = [];
  bus.subscribe('emitted', undefined, (event) => told.push(event));
  const calls = { wake: 0, overflow: 0 };
  const port = createRunEmitter({
    ...{ runId: 'run', agent: 'writer', actor: { principalId: 'ann' }, maxEventBytes: 10_000 },
    ...{ data: undefined, state: emptySessionState('one'), queue, bus },
    isCurrent: () => true,
    isReserved: () => false,
    wake: () => {
      calls.wake += 1;
    },
    overflow: () => {
      calls.overflow += 1;
    },
    flushed: () => Promise.reject(new Error('flushed')),
    drained: () => Promise.reject(new Error('drained')),
    newId: () => 'new',
    ...given,
  });
  return { port, queue, told, calls };
}

const invalid = (message: string) =>
  expect.objectContaining({ code: 'invalid-event', message: expect.stringContaining(message) });

test('what an agent emits is stamped, queued and told at once; the conversation stands beside the payload', () => {
  const state = emptySessionState('one');
  const thread = { branchHead: null, blocks: [], hasOlder: false };
  const conversations = { ...state.conversations, side: thread };
  const { port, queue, told, calls } = emitter({ state: { ...state, conversations } });
  expect(port.emit('log', line('hello'))).toBe(true);
  expect(port.emit('block:start', { block: text('b'), conversationId: 'side' })).toBe(true);
  const stamp = { actor: { principalId: 'ann' }, source: 'agent', runId: 'run', agent: 'writer' };
  const expected = [
    { type: 'log', payload: line('hello'), conversationId: 'main', ...stamp },
    { type: 'block:start', payload: { block: text('b') }, conversationId: 'side', ...stamp },
  ];
  expect(told).toEqual(expected);
  expect(queue.take(Number.POSITIVE_INFINITY)).toEqual(expected);
  expect(calls).toEqual({ wake: 2, overflow: 0 });
});

test('[J6] what a run says when it does not count any more is dropped, and not even looked at', () => {
  const { port, queue, told, calls } = emitter({ isCurrent: () => false });
  expect(port.emit('block:delta', { blockId: 'never', delta: 'x' })).toBe(true);
  expect([queue.isEmpty, told, calls.wake]).toEqual([true, [], 0]);
});

test('an event that says nothing is dropped', () => {
  const { port, queue, told } = emitter();
  port.emit('block:start', { block: text('b') });
  expect(port.emit('block:delta', { blockId: 'b', delta: '' })).toBe(true);
  expect([queue.pushed, told.length]).toEqual([1, 1]);
});

test('[B1] only what the catalogue lets an agent say is taken, and in its shape', () => {
  const { port, queue } = emitter();
  const emit = port.emit as (type: string, payload: object) => boolean;
  for (const type of ['run:completed', 'toString', 'never:heard']) {
    expect(() => emit(type, {})).toThrow(invalid(`"${type}" is not an event that an agent may emit`));
  }
  expect(() => emit('block:start', { block: { ...text('b'), content: 7 } })).toThrow(
    invalid('block:start: block.content: '),
  );
  expect(() => emit('log', {})).toThrow(invalid('log: level: '));
  expect(queue.isEmpty).toBe(true);
});

test('a block that was never started is refused before anything is told', () => {
  const { port, queue, told } = emitter();
  expect(() => port.emit('block:delta', { blockId: 'b', delta: 'x' })).toThrow(invalid('not open'));
  expect(() => port.emit('block:update', { blockId: 'b', updates: {} })).toThrow(invalid('not open'));
  expect(() => port.emit('block:complete', { blockId: 'b', block: text('b') })).toThrow(invalid('not open'));
  expect([queue.isEmpty, told]).toEqual([true, []]);
});

test('a block cannot take the id of a message that waits', () => {
  const { port } = emitter({ isReserved: (id) => id === 'waits' });
  expect(() => port.emit('block:start', { block: text('waits') })).toThrow(invalid('Block "waits"'));
  expect(port.emit('block:start', { block: text('free') })).toBe(true);
});

test('[Q8] an application’s event is held to its schema', () => {
  const { port } = emitter({ data: { chart: z.object({ url: z.string() }) } });
  expect(port.emit('app:event', { name: 'chart', data: { url: '/a' } })).toBe(true);
  expect(port.emit('log', line('of no schema'))).toBe(true);
  expect(() => port.emit('app:event', { name: 'chart', data: { url: 7 } })).toThrow(invalid('data.url'));
  expect(() => port.emit('app:event', { name: 'other', data: 7 })).toThrow(invalid('"other"'));
});

test('[E10] the bytes of an event are bounded, not its characters', () => {
  const { port } = emitter();
  const around = JSON.stringify(line('')).length;
  const fits = 'x'.repeat(10_000 - around);
  expect(port.emit('log', line(fits))).toBe(true);
  expect(() => port.emit('log', line(`${fits}.`))).toThrow(
    invalid('An event may have 10000 bytes, this log has 10001.'),
  );
  expect(() => port.emit('log', line('€'.repeat(4_000)))).toThrow(invalid('may have 10000 bytes'));
  port.emit('block:start', { block: text('b') });
  // The text of all deltas of a block has its own bound, below that of the event that completes it.
  expect(() => port.emit('block:delta', { blockId: 'b', delta: 'x'.repeat(5_905) })).toThrow(
    invalid('may have 5904 bytes'),
  );
  expect(port.emit('block:delta', { blockId: 'b', delta: 'x'.repeat(5_904) })).toBe(true);
  expect(() => port.emit('block:delta', { blockId: 'b', delta: '"'.repeat(6_000) })).toThrow(
    invalid('this block:delta has'),
  );
});

test('[E10] a short delta counts by its characters, a long one by its bytes', () => {
  const { port, queue } = emitter();
  port.emit('block:start', { block: text('b') });
  const start = queue.bytes;
  port.emit('block:delta', { blockId: 'b', delta: '€'.repeat(1_000) });
  expect(queue.bytes - start).toBe(1_000);
  port.emit('block:delta', { blockId: 'b', delta: 'x'.repeat(1_700) });
  expect(queue.bytes - start - 1_000).toBe(JSON.stringify({ blockId: 'b', delta: '' }).length + 1_700);
});

test('[E10] an agent is told to wait above the high water mark, and fails above the overflow', () => {
  const { port, queue, calls } = emitter();
  const bytes = JSON.stringify(line('')).length;
  const fillUpTo = (mark: number) =>
    queue.push(
      { type: 'log', payload: line(''), actor: { principalId: 'ann' }, source: 'agent' },
      mark - bytes - queue.bytes,
    );
  fillUpTo(HIGH_WATER_BYTES);
  expect([port.emit('log', line('')), queue.bytes]).toEqual([true, HIGH_WATER_BYTES]);
  expect(port.emit('log', line(''))).toBe(false);
  fillUpTo(OVERFLOW_BYTES);
  expect([port.emit('log', line('')), queue.bytes]).toEqual([false, OVERFLOW_BYTES]);
  expect(calls).toEqual({ wake: 3, overflow: 0 });
  expect(() => port.emit('log', line(''))).toThrow(
    expect.objectContaining({ code: 'emit-overflow', message: expect.stringContaining('drained()') }),
  );
  expect(calls).toEqual({ wake: 3, overflow: 1 });
});

test('what a run waits for and asks for is the session’s; people cannot be asked yet', async () => {
  const { port } = emitter();
  expect(port.newId()).toBe('new');
  await expect(port.flushed()).rejects.toThrow('flushed');
  await expect(port.drained()).rejects.toThrow('drained');
  await expect(port.request({ kind: 'question', prompt: 'which?' })).rejects.toMatchObject({
    code: 'not-implemented',
    message: expect.stringContaining('requests of agents'),
  });
});
