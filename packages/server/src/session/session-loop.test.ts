import { expect, test } from 'vitest';
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
