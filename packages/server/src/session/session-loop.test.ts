import { expect, test } from 'vitest';
import { nextTurn as turn } from '../testing/hub-world.ts';
import { HIGH_WATER_BYTES } from './emission-queue.ts';
import type { EventDraft } from './event-draft.ts';
import { SessionLoop } from './session-loop.ts';

const draft = { type: 'log', payload: { level: 'info', message: 'x' } } as unknown as EventDraft;

function loopOf(append: () => Promise<void>) {
  const broken: unknown[] = [];
  const loop: SessionLoop = new SessionLoop({
    append,
    onBroken: (error) => {
      broken.push(error);
      loop.finish();
    },
  });
  const emit = () => {
    loop.emissions.push(draft, 1);
    loop.wake();
  };
  return { loop, broken, emit };
}

test('who waits for a step is told also when an append between the steps broke the loop', async () => {
  const gate = Promise.withResolvers<void>();
  const { loop, broken, emit } = loopOf(() => gate.promise);
  emit();
  await Promise.resolve();
  const steps = [loop.step(async () => 'one'), loop.step(async () => 'two')];
  gate.reject(new Error('boom'));
  expect(await Promise.all(steps)).toEqual(['one', 'two']);
  expect(broken).toHaveLength(1);
  await expect(loop.step(async () => 'three')).resolves.toBe('three');
});

test('[B11] flushed() waits for what was emitted, not for the steps of others', async () => {
  const { loop, emit } = loopOf(async () => undefined);
  emit();
  await loop.flushed();
  const never = loop.step(() => new Promise(() => undefined));
  await Promise.resolve();
  await loop.flushed();
  emit();
  const later = loop.flushed().then(() => 'flushed');
  expect(await Promise.race([later, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
  loop.finish();
  expect(await later).toBe('flushed');
  never.catch(() => undefined);
});

test('[E10] drained() waits until no more is queued than one append takes, or the session ends', async () => {
  const gates: (() => void)[] = [];
  const { loop } = loopOf(() => new Promise((resolve) => gates.push(resolve)));
  const order: string[] = [];
  const emit = (bytes: number) => {
    loop.emissions.push(draft, bytes);
    loop.wake();
  };
  emit(HIGH_WATER_BYTES);
  await loop.drained();
  emit(1);
  emit(HIGH_WATER_BYTES);
  void loop.drained().then(() => order.push('drained'));
  void loop.flushed().then(() => order.push('flushed'));
  await turn();
  expect([gates.length, order]).toEqual([1, []]); // the first append is under way, and more waits than the next one takes
  gates.shift()?.();
  await turn();
  expect([gates.length, order]).toEqual([1, []]);
  gates.shift()?.();
  await turn();
  expect([gates.length, order]).toEqual([1, ['drained']]);
  gates.shift()?.();
  await turn();
  emit(HIGH_WATER_BYTES + 1);
  void loop.drained().then(() => order.push('ended'));
  loop.finish();
  await turn();
  expect(order).toEqual(['drained', 'flushed', 'ended']);
  await loop.drained();
});

test('[B11] what was dropped with the end is known, and what was written before it is not taken for dropped', async () => {
  const written = loopOf(async () => undefined);
  written.emit();
  await written.loop.flushed();
  written.loop.finish();
  expect(written.loop.hasDropped).toBe(false);
  const appends: number[] = [];
  const cut = loopOf(async () => void appends.push(1));
  cut.emit();
  cut.loop.finish();
  await cut.loop.flushed();
  cut.emit();
  await turn();
  expect([cut.loop.hasDropped, appends]).toEqual([true, []]);
});

test('steps and emissions take turns, and a step can have all that was said before it written first', async () => {
  const order: string[] = [];
  const loop = new SessionLoop({
    append: async (drafts) => void order.push(`append ${drafts.length}`),
    onBroken: (error) => {
      throw error;
    },
  });
  const say = (count: number) => {
    for (let index = 0; index < count; index += 1) loop.emissions.push(draft, 1);
  };
  say(2);
  const steps = ['one', 'two'].map((name) =>
    loop.step(async () => {
      order.push(name);
      say(1);
    }),
  );
  await Promise.all(steps);
  await loop.step(async () => {
    say(3);
    await loop.appendEmissions();
    order.push('last');
  });
  expect(order).toEqual(['one', 'append 3', 'two', 'append 1', 'append 3', 'last']);
});
