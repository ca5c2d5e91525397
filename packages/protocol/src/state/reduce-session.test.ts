import { describe, expect, it } from 'vitest';
import { event, final, text, timeAt } from '../../test/events.ts';
import type { AnyEvent } from '../events/session-event.ts';
import { emptySessionState } from './empty-session-state.ts';
import { reduceSession } from './reduce-session.ts';
import type { SessionState } from './session-state-schema.ts';

const fold = (log: AnyEvent[], from: SessionState = emptySessionState('s1')) =>
  log.reduce(reduceSession, from);

describe('what a session is', () => {
  const created = event(1, 'session:created', {
    agent: 'writer',
    swarm: 'newsroom',
    title: 'Notes',
    tags: ['work'],
    metadata: { team: 'a' },
    options: { depth: 2 },
    parentId: 's0',
  });

  it('is told by its first event', () => {
    expect(fold([created])).toEqual({
      ...emptySessionState('s1'),
      ...created.payload,
      ownerId: 'ann',
      createdAt: timeAt(1),
      updatedAt: timeAt(1),
    });
  });

  it('has no field for what its first event left out', () => {
    const plain = event(1, 'session:created', { title: '', tags: [], metadata: {}, options: {} });
    expect(Object.keys(fold([plain])).sort()).toEqual(Object.keys(emptySessionState('s1')).sort());
  });

  it('takes the changed fields of session:updated, and no other', () => {
    const before = fold([created]);
    const payload = { title: 'Other', archived: true, runs: 'of a later release', id: 'x' };
    const after = fold([event(2, 'session:updated', payload)], before);
    expect(after).toEqual({ ...before, title: 'Other', archived: true, updatedAt: timeAt(2) });
  });

  it('has another agent after agent:changed', () => {
    expect(fold([created, event(2, 'agent:changed', { from: 'writer', to: 'editor' })]).agent).toBe('editor');
  });

  it('has a thread for each sub-agent, once', () => {
    const spawned = event(2, 'agent:spawned', { toolUseId: 'u', agent: 'helper' }, { conversationId: 't1' });
    const words = event(3, 'block:start', { block: text('b') }, { conversationId: 't1' });
    const state = fold([created, spawned, words, { ...spawned, seq: 4 }]);
    expect(state.conversations['t1']).toMatchObject({ parent: 'main', branchHead: 'b' });
    expect(state.conversations['main']?.blocks).toEqual([]);
  });

  it('is nothing before its first event', () => {
    const never = '1970-01-01T00:00:00.000Z';
    expect(emptySessionState('s1')).toEqual({
      ...{ id: 's1', title: '', tags: [], metadata: {}, options: {}, agent: '', ownerId: '' },
      ...{ createdAt: never, updatedAt: never, archived: false, activity: 'idle' },
      ...{ environment: { status: 'inactive' }, runs: [], queue: [], held: null, requests: [] },
      conversations: { main: { branchHead: null, blocks: [], hasOlder: false } },
    });
    const plain = event(1, 'session:created', { title: '', tags: [], metadata: {}, options: {} });
    expect(fold([plain]).agent).toBe('');
  });

  it('has no thread for a sub-agent whose event names none', () => {
    const state = fold([created, event(2, 'agent:spawned', { toolUseId: 'u', agent: 'helper' })]);
    expect(Object.keys(state.conversations)).toEqual(['main']);
    const spawned = event(2, 'agent:spawned', { toolUseId: 'u', agent: 'h' }, { conversationId: 't1' });
    expect(fold([created, spawned]).conversations['t1']).toEqual({
      ...{ parent: 'main', branchHead: null, blocks: [], hasOlder: false },
    });
  });

  it('remembers the last error', () => {
    const failed = event(2, 'error', { code: 'quota', message: 'No credit.' });
    expect(fold([created, failed]).lastError).toEqual({
      code: 'quota',
      message: 'No credit.',
      at: timeAt(2),
    });
  });
});

describe('what the fold cannot read', () => {
  const before = fold([event(1, 'block:start', { block: text('a') })]);
  const move = (state: SessionState, seq: number) => ({ ...state, updatedAt: timeAt(seq) });

  it('[B13] an event of an unknown type changes nothing but updatedAt', () => {
    const later: AnyEvent = {
      ...event(2, 'queue:released', {}),
      type: 'later:event',
      payload: { blocks: [] },
    };
    expect(fold([later], before)).toEqual(move(before, 2));
    expect(fold([{ ...later, type: 'toString' }], before)).toEqual(move(before, 2));
  });

  it('[B13] an event that cannot be read costs itself, not those around it', () => {
    const log: AnyEvent[] = [
      event(2, 'block:delta', { blockId: 'a', delta: 'one ' }),
      { ...event(3, 'block:delta', { blockId: 'a', delta: '' }), payload: { blockId: 'a', delta: 5 } },
      { ...event(4, 'session:updated', {}), payload: { title: null, tags: 'none' } },
      {
        ...event(5, 'block:start', { block: text('b') }),
        payload: { block: { id: 'b', type: 'later_type' } },
      },
      {
        ...event(6, 'block:update', { blockId: 'a', updates: {} }),
        payload: { blockId: 'a', updates: { content: 5 } },
      },
      event(7, 'block:delta', { blockId: 'a', delta: 'two' }),
    ];
    const expected = fold(
      [
        event(2, 'block:delta', { blockId: 'a', delta: 'one ' }),
        event(7, 'block:delta', { blockId: 'a', delta: 'two' }),
      ],
      before,
    );
    expect(fold(log, before)).toEqual(expected);
  });

  it('a marker of damaged events changes nothing, for it has no time of its own', () => {
    expect(fold([event(9, 'session:corrupt', { after: 2, through: 8 })], before)).toBe(before);
  });

  it('events that are there to be read leave the state alone', () => {
    const log = [
      event(2, 'log', { level: 'info', message: 'x' }),
      event(3, 'app:event', { name: 'x', data: null }),
      event(4, 'run:stuck', { pattern: 'x' }),
      event(5, 'agent:completed', { toolUseId: 'u', status: 'completed' }),
    ];
    expect(fold(log, before)).toEqual(move(before, 5));
  });
});

it('a block of a thread is complete in its thread', () => {
  const thread = { conversationId: 't1' };
  const log = [
    event(1, 'agent:spawned', { toolUseId: 'u', agent: 'helper' }, thread),
    event(2, 'block:start', { block: text('b') }, thread),
    event(3, 'block:complete', { blockId: 'b', block: final(text('b', 'done')) }, thread),
  ];
  expect(fold(log).conversations['t1']?.blocks).toMatchObject([{ id: 'b', status: 'complete', seq: 2 }]);
});
