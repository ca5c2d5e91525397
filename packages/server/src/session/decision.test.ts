import { emptySessionState } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { Decision } from './decision.ts';

const actor = { principalId: 'ann' };
const state = emptySessionState('one');

test('[B17] each change of environment or run is told by itself, after the event that makes it', () => {
  const decision = new Decision({ state, head: 7, at: '2026-01-01T00:00:00.000Z' });
  decision.add({ type: 'environment:starting', payload: {}, actor, source: 'environment' });
  decision.add({ type: 'log', payload: { level: 'info', message: 'x' }, actor, source: 'agent' });
  decision.add({ type: 'environment:ready', payload: {}, actor, source: 'environment' });
  expect(decision.events.map(({ seq, type }) => [seq, type])).toEqual([
    [8, 'environment:starting'],
    [9, 'log'],
    [10, 'environment:ready'],
  ]);
  const changes = decision.told.filter(({ type }) => type === 'status:changed');
  expect(changes).toMatchObject([
    { seq: 8, payload: { runtime: { environment: { status: 'starting' } } } },
    { seq: 10, payload: { runtime: { environment: { status: 'ready' } } } },
  ]);
  expect(decision.told.map(({ type }) => type)).toEqual([
    'environment:starting',
    'status:changed',
    'log',
    'environment:ready',
    'status:changed',
  ]);
});

test('places are dense from the head, and times never run backwards', () => {
  const later = { ...state, updatedAt: '2026-01-02T00:00:00.000Z' };
  const decision = new Decision({ state: later, head: 3, at: '2026-01-01T00:00:00.000Z' });
  const event = decision.add({
    type: 'log',
    payload: { level: 'info', message: 'x' },
    actor,
    source: 'agent',
  });
  expect([event.seq, event.at, decision.through]).toEqual([4, '2026-01-02T00:00:00.000Z', 4]);
});

test('an event has the time of its decision, and no field for what it does not have', () => {
  const at = '2026-01-03T00:00:00.000Z';
  const decision = new Decision({ state: { ...state, updatedAt: '2026-01-02T00:00:00.000Z' }, head: 3, at });
  const plain = decision.add({ type: 'environment:starting', payload: {}, actor, source: 'environment' });
  expect(plain.at).toBe(at);
  expect(Object.keys(plain)).toEqual(['seq', 'at', 'type', 'payload', 'actor', 'source']);
  const around = { conversationId: 'main', runId: 'r', agent: 'writer' };
  const log = { type: 'log', payload: { level: 'info', message: 'x' }, actor, source: 'agent' } as const;
  expect(decision.add({ ...log, ...around })).toMatchObject(around);
  expect(decision.told[1]).toMatchObject({ type: 'status:changed', at, actor, source: 'server' });
});
