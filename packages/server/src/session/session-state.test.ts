import { type Block, emptySessionState, type SessionState as State } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { SessionState, STATE_VERSION } from './session-state.ts';

function stateOf(count: number): State {
  const blocks = Array.from(
    { length: count },
    (_, index): Block => ({ id: `b${index}`, type: 'assistant_text', status: 'complete', content: 'x' }),
  );
  const main = { branchHead: null, blocks, hasOlder: false };
  const side = { ...main, blocks: blocks.slice(0, 1) };
  return { ...emptySessionState('one'), conversations: { main, side } };
}

const lengths = ({ conversations }: State) => Object.values(conversations).map(({ blocks }) => blocks.length);

test('a snapshot is JSON, has the window of a client, and is taken up where it was made', () => {
  const state = new SessionState(stateOf(80), 7);
  const snapshot = state.toSnapshot();
  expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  expect(snapshot).toMatchObject({ stateVersion: STATE_VERSION, through: 7 });
  expect(lengths(snapshot.state)).toEqual([50, 1]);
  const again = SessionState.fromSnapshot(snapshot);
  expect([again.current, again.through]).toEqual([snapshot.state, 7]);
  expect(again.toSnapshot()).toEqual(snapshot);
});

test('[E10] a session in memory holds a hundred blocks of a conversation at most, and is cut now and then', () => {
  const state = new SessionState(emptySessionState('one'), 0);
  const full = stateOf(100);
  state.advance(full, 100);
  expect([state.current, state.through]).toEqual([full, 100]);
  state.advance(stateOf(101), 101);
  expect(lengths(state.current)).toEqual([50, 1]);
  expect(state.through).toBe(101);
});
