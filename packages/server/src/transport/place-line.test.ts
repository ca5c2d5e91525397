import { describe, expect, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { PlaceLine } from './place-line.ts';

const all = { key: 'all', max: 3 };
const ann = { key: 'ann', max: 2 };
const bob = { key: 'bob', max: 2 };
const stays = new AbortController().signal;

function lineOf(mostWaiting = 10) {
  const clock = new ManualClock();
  const line = new PlaceLine({ clock, waitMs: 2_000, mostWaiting });
  /** Written down as soon as it is known: `in`, or what had no place. */
  const outcomes: Record<string, string> = {};
  const releases: Record<string, () => void> = {};
  const come = (name: string, bounds: readonly { key: string; max: number }[], signal = stays) =>
    line.take(bounds, signal).then((taken) => {
      if (typeof taken === 'function') releases[name] = taken;
      outcomes[name] = typeof taken === 'function' ? 'in' : taken.key;
    });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { clock, outcomes, releases, come, settled };
}

describe('PlaceLine', () => {
  it('[E13] a crowd waits in its order, and holds up nobody else', async () => {
    const { outcomes, releases, come, settled } = lineOf();
    for (const name of ['a1', 'a2', 'a3', 'a4']) void come(name, [all, ann]);
    void come('b1', [all, bob]);
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in', b1: 'in' });
    void come('b2', [all, bob]); // all is full
    releases['b1']?.();
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in', b1: 'in', b2: 'in' });
    releases['a1']?.();
    releases['a1']?.(); // once is enough
    await settled();
    expect(outcomes).toMatchObject({ a3: 'in' });
    expect(outcomes).not.toHaveProperty('a4');
    releases['a3']?.();
    await settled();
    expect(outcomes).toMatchObject({ a4: 'in' });
  });

  it('[N12] who has waited too long is told what had no place, and takes none', async () => {
    const { clock, outcomes, releases, come, settled } = lineOf();
    for (const name of ['a1', 'a2', 'a3']) void come(name, [all, ann]);
    clock.advance(1_999);
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in' });
    clock.advance(1);
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in', a3: 'ann' });
    releases['a1']?.();
    void come('a4', [all, ann]);
    await settled();
    expect(outcomes).toMatchObject({ a4: 'in' });
  });

  it('[N12] who has gone waits no longer, and beyond so many nobody waits', async () => {
    const { outcomes, releases, come, settled } = lineOf(1);
    const goes = new AbortController();
    for (const name of ['a1', 'a2']) void come(name, [all, ann]);
    void come('a3', [all, ann], goes.signal);
    void come('a4', [all, ann]);
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in', a4: 'ann' });
    goes.abort();
    void come('a5', [all, ann]);
    releases['a1']?.();
    await settled();
    expect(outcomes).toEqual({ a1: 'in', a2: 'in', a3: 'ann', a4: 'ann', a5: 'in' });
  });
});
