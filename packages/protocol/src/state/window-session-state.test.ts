import { expect, it } from 'vitest';
import { event, final, text } from '../../test/events.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { reduceSession } from './reduce-session.ts';
import { SNAPSHOT_BLOCKS, windowSessionState } from './window-session-state.ts';

/** One block that stays open, then `count` complete ones. */
function longState(count: number) {
  const log: AnyEvent[] = [event(1, 'block:start', { block: text('open') })];
  for (let index = 0; index < count; index++) {
    const block = text(`b${index}`, 'words');
    const seq = log.length + 1;
    log.push(event(seq, 'block:start', { block }));
    log.push(event(seq + 1, 'block:complete', { blockId: block.id, block: final(block) }));
  }
  return log.reduce(reduceSession, emptySessionState('s1'));
}

const idsOf = (state: ReturnType<typeof longState>) =>
  state.conversations['main']?.blocks.map(({ id }) => id);

it('keeps the newest complete blocks and every open one, and says that there are older', () => {
  const windowed = windowSessionState(longState(5), 2);
  expect(idsOf(windowed)).toEqual(['open', 'b3', 'b4']);
  expect(windowed.conversations['main']?.hasOlder).toBe(true);
});

it('is the same object when nothing has to go', () => {
  const state = longState(3);
  expect(windowSessionState(state, 3)).toBe(state);
  expect(state.conversations['main']?.hasOlder).toBe(false);
});

it('keeps fifty unless told otherwise', () => {
  expect(SNAPSHOT_BLOCKS).toBe(50);
  expect(idsOf(windowSessionState(longState(60)))).toHaveLength(51);
});

it('cuts each conversation that is long, and leaves the others as they are', () => {
  const state = longState(3);
  const [main] = Object.values(state.conversations);
  const [side] = Object.values(longState(1).conversations);
  if (main === undefined || side === undefined) throw new Error('no conversation');
  const windowed = windowSessionState({ ...state, conversations: { side, main } }, 2);
  expect(windowed.conversations['main']).toMatchObject({ hasOlder: true, blocks: [{}, {}, {}] });
  expect(windowed.conversations['side']).toBe(side);
});
