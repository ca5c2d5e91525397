import { describe, expect, it } from 'vitest';
import { event, final, text, thinking, timeAt, toolUse } from '../../test/events.ts';
import type { Block } from '../blocks/block.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { reduceSession } from './reduce-session.ts';
import type { Conversation, SessionState } from './session-state-schema.ts';

const empty = emptySessionState('s1');
const fold = (log: AnyEvent[], from: SessionState = empty) => log.reduce(reduceSession, from);
const main = (state: SessionState): Conversation => {
  const { main: conversation } = state.conversations;
  if (conversation === undefined) throw new Error('the main conversation is gone');
  return conversation;
};
const block = (state: SessionState, id: string): Block | undefined =>
  main(state).blocks.find((candidate) => candidate.id === id);

const open = fold([event(1, 'block:start', { block: text('a') }, { runId: 'r1', agent: 'writer' })]);
const whole = { ...final(text('a', 'done')), metadata: { cost: 1 } };
const completed = fold([event(2, 'block:complete', { blockId: 'a', block: whole })], open);

/** What an event does to the conversations; `updatedAt` moves with every event. */
const after = (state: SessionState, next: AnyEvent) => reduceSession(state, next).conversations;

describe('a block from start to end', () => {
  it('[C2] opens, grows by deltas, takes updates and is final as it stands in block:complete', () => {
    const log = [
      event(1, 'block:start', { block: text('a') }),
      event(2, 'block:delta', { blockId: 'a', delta: 'Good ' }),
      event(3, 'block:delta', { blockId: 'a', delta: 'day' }),
      event(4, 'block:update', { blockId: 'a', updates: { model: 'small' } }),
    ];
    const streaming = fold(log);
    expect(block(streaming, 'a')).toMatchObject({ status: 'pending', content: 'Good day', model: 'small' });
    const said = fold(
      [event(5, 'block:complete', { blockId: 'a', block: final(text('a', 'Good day!')) })],
      streaming,
    );
    expect(block(said, 'a')).toMatchObject({ status: 'complete', content: 'Good day!' });
    expect(block(said, 'a')).not.toHaveProperty('model');
  });

  it('[C2] is told where and when it started, by which run and agent, and what it follows', () => {
    const state = fold(
      [event(3, 'block:start', { block: thinking('b') }, { runId: 'r1', agent: 'writer' })],
      completed,
    );
    expect(block(state, 'b')).toMatchObject({
      parentId: 'a',
      seq: 3,
      at: timeAt(3),
      runId: 'r1',
      agent: 'writer',
    });
    expect(main(state).branchHead).toBe('b');
  });

  it('branches where the event says so, from the root too', () => {
    const log = [
      event(3, 'block:start', { block: text('b') }),
      event(4, 'block:start', { block: { ...text('sibling'), parentId: 'a' } }),
      event(5, 'block:start', { block: { ...text('root'), parentId: null } }),
    ];
    const parents = main(fold(log, completed)).blocks.map(({ id, parentId }) => [id, parentId]);
    expect(parents).toEqual([
      ['a', null],
      ['b', 'a'],
      ['sibling', 'a'],
      ['root', null],
    ]);
  });
});

describe('the block rules, one edge case each', () => {
  it('[C4] 1: a delta for a block that is not there changes nothing', () => {
    expect(after(open, event(2, 'block:delta', { blockId: 'nowhere', delta: 'x' }))).toBe(open.conversations);
  });

  it('[C4] 2: a delta for a block that is complete changes nothing', () => {
    const late = event(3, 'block:delta', { blockId: 'a', delta: 'x' });
    expect(after(completed, late)).toBe(completed.conversations);
  });

  it('[C4] 3: an empty delta changes nothing', () => {
    expect(after(open, event(2, 'block:delta', { blockId: 'a', delta: '' }))).toBe(open.conversations);
  });

  it('[C4] 4: a delta for a block without a text that grows changes nothing', () => {
    const tool = fold([event(1, 'block:start', { block: toolUse('t') })]);
    expect(after(tool, event(2, 'block:delta', { blockId: 't', delta: 'x' }))).toBe(tool.conversations);
    const said: Block = { id: 'm', type: 'user_message', status: 'pending', content: 'hello' };
    const message = fold([event(1, 'block:start', { block: said })]);
    expect(after(message, event(2, 'block:delta', { blockId: 'm', delta: 'x' }))).toBe(message.conversations);
  });

  it('[C4] 5: the start of a block that is there already changes nothing', () => {
    expect(after(open, event(2, 'block:start', { block: text('a', 'other') }))).toBe(open.conversations);
    expect(after(completed, event(3, 'block:start', { block: text('a') }))).toBe(completed.conversations);
  });

  it('[C4] 6: an update merges shallowly and changes nothing that the start has settled', () => {
    const updates = {
      id: 'z',
      type: 'thinking',
      status: 'complete',
      parentId: 'z',
      seq: 9,
      runId: 'r9',
      metadata: { step: 2 },
      content: 'so far',
    };
    const before = fold(
      [event(2, 'block:update', { blockId: 'a', updates: { metadata: { cost: 1 } } })],
      open,
    );
    const state = fold([event(3, 'block:update', { blockId: 'a', updates })], before);
    expect(block(state, 'a')).toEqual({ ...block(open, 'a'), content: 'so far', metadata: { step: 2 } });
  });

  it('[C4] 6: an update adds no run or agent to a block that started without', () => {
    const plain = fold([event(1, 'block:start', { block: text('a') })]);
    const updates = { runId: 'r9', agent: 'other' };
    expect(block(fold([event(2, 'block:update', { blockId: 'a', updates })], plain), 'a')).toEqual(
      block(plain, 'a'),
    );
  });

  it('[C4] 7: an update of a block that is not there or is complete changes nothing', () => {
    const updates = { content: 'x' };
    expect(after(open, event(2, 'block:update', { blockId: 'z', updates }))).toBe(open.conversations);
    expect(after(completed, event(3, 'block:update', { blockId: 'a', updates }))).toBe(
      completed.conversations,
    );
  });

  it.each([
    ['is not there', open, 'z', final(text('z', 'x'))],
    ['is complete', completed, 'a', final(text('a', 'x'))],
    ['is of another type', open, 'a', final(thinking('a', 'x'))],
  ])('[C4] 8: the completion of a block that %s changes nothing', (_case, state, blockId, final) => {
    expect(after(state, event(3, 'block:complete', { blockId, block: final }))).toBe(state.conversations);
  });

  it('[C4] 9: completing replaces the block, but not its place, time, run, agent and parent', () => {
    const other = { ...whole, id: 'z', parentId: 'z', seq: 9, at: timeAt(9), runId: 'r9', agent: 'other' };
    const state = fold([event(2, 'block:complete', { blockId: 'a', block: other })], open);
    expect(block(state, 'a')).toEqual({ ...block(open, 'a'), ...whole });
  });

  it.each([
    ['pending', 'complete'],
    ['error', 'error'],
    ['aborted', 'aborted'],
  ] as const)('[C4] 9: completing with the status %s leaves the block %s', (status, expected) => {
    const complete = event(2, 'block:complete', { blockId: 'a', block: { ...whole, status } });
    expect(block(fold([complete], open), 'a')?.status).toBe(expected);
  });

  it.each([text('b'), thinking('b')])(
    '[C4] 10: an empty $type is dropped, and what follows it and is open follows its parent',
    (silent) => {
      const log = [
        event(3, 'block:start', { block: silent }),
        event(4, 'block:start', { block: toolUse('c') }),
        event(5, 'block:complete', { blockId: 'b', block: final(silent, 'aborted') }),
      ];
      const { blocks, branchHead } = main(fold(log, completed));
      expect(blocks.map(({ id, parentId }) => [id, parentId])).toEqual([
        ['a', null],
        ['c', 'a'],
      ]);
      expect(branchHead).toBe('c');
    },
  );

  it('[C4] 10: a complete block that followed a dropped one stays as it is', () => {
    const log = [
      event(3, 'block:start', { block: text('b') }),
      event(4, 'block:start', { block: toolUse('c') }),
      event(5, 'block:complete', { blockId: 'c', block: final(toolUse('c')) }),
    ];
    const before = fold(log, completed);
    const state = fold([event(6, 'block:complete', { blockId: 'b', block: final(text('b')) })], before);
    expect(main(state).blocks.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(block(state, 'c')).toBe(block(before, 'c'));
  });

  it('[C4] 10: an open block that followed another one than the dropped stays where it is', () => {
    const log = ['b', 'c', 'd'].map((id, index) => event(3 + index, 'block:start', { block: text(id) }));
    const drop = event(6, 'block:complete', { blockId: 'b', block: final(text('b')) });
    const state = fold([...log, drop], completed);
    expect(main(state).blocks.map(({ id, parentId }) => [id, parentId])).toEqual([
      ['a', null],
      ['c', 'a'],
      ['d', 'c'],
    ]);
  });

  it('[C4] 10: a block that is complete is not dropped by another end without words', () => {
    const drop = event(3, 'block:complete', { blockId: 'a', block: final(text('a')) });
    expect(after(completed, drop)).toEqual(completed.conversations);
  });

  it('[C4] 10: when the last block is dropped, the next one follows its parent', () => {
    const drop = event(4, 'block:complete', { blockId: 'b', block: final(text('b')) });
    const state = fold([event(3, 'block:start', { block: text('b') }), drop], completed);
    expect(main(state)).toEqual(main(completed));
  });

  it('[C4] 10: a block of another type that ends without content stays', () => {
    const skill: Block = { id: 's', type: 'skill_load', status: 'pending', skillName: 'n', content: '' };
    const log = [
      event(1, 'block:start', { block: skill }),
      event(2, 'block:complete', { blockId: 's', block: final(skill) }),
    ];
    expect(block(fold(log), 's')?.status).toBe('complete');
  });

  it('[C4] an event for a conversation that is not there changes nothing', () => {
    for (const conversationId of ['nowhere', 'toString', '__proto__']) {
      const started = event(2, 'block:start', { block: text('b') }, { conversationId });
      expect(after(open, started)).toBe(open.conversations);
    }
  });
});
