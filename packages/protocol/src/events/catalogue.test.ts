import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { event, text } from '../../test/events.ts';
import { eventTypes } from '../../test/every-schema.ts';
import {
  catalogue,
  type EnvironmentEventType,
  type EventPayload,
  eventRow,
  type StoredEventType,
} from './catalogue.ts';
import { envelopeSchema, eventSchema, type SessionEvent } from './session-event.ts';

const prefixes = [
  'session',
  'message',
  'queue',
  'run',
  'request',
  'environment',
  'block',
  'agent',
  'app',
  'status',
];

describe('the catalogue', () => {
  it.each(eventTypes)('[B1] %s is kebab-case with a known prefix', (type) => {
    if (type === 'log' || type === 'error') return;
    const [prefix, name, ...more] = type.split(':');
    expect(prefixes).toContain(prefix);
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(more).toEqual([]);
  });

  it.each(eventTypes)('[B1] %s has an audience, a retention, an emitter and a sentence', (type) => {
    const { audience, retention, emitter, summary } = catalogue[type];
    expect(['client', 'server']).toContain(audience);
    expect(['keep', 'until-complete', 'transient', 'derived', 'marker']).toContain(retention);
    expect(['environment', 'session']).toContain(emitter);
    expect(summary).toMatch(/^[A-Z].*\.$/s);
  });

  it('knows its own names and none that every object has', () => {
    expect(eventRow('block:delta')).toBe(catalogue['block:delta']);
    expect(eventRow('later:event')).toBeUndefined();
    expect(eventRow('toString')).toBeUndefined();
  });

  it('[B12] what is never in the log: one event is computed from the fold, one marks damage', () => {
    const unstored = eventTypes.filter(
      (type) => !['keep', 'until-complete'].includes(catalogue[type].retention),
    );
    expect(unstored.map((type) => [type, catalogue[type].retention])).toEqual([
      ['session:corrupt', 'marker'],
      ['status:changed', 'derived'],
    ]);
    expectTypeOf<'status:changed' | 'session:corrupt'>().not.toExtend<StoredEventType>();
    expectTypeOf<'block:delta'>().toExtend<StoredEventType>();
  });

  it('[B12] only deltas may go when their block is complete', () => {
    const compacted = eventTypes.filter((type) => catalogue[type].retention === 'until-complete');
    expect(compacted).toEqual(['block:delta']);
  });

  it('an environment emits content, and asks the session for the rest', () => {
    const emitted = eventTypes.filter((type) => catalogue[type].emitter === 'environment');
    expect(emitted).toEqual([
      'block:start',
      'block:delta',
      'block:update',
      'block:complete',
      'log',
      'error',
      'app:event',
    ]);
    expectTypeOf<EnvironmentEventType>().toEqualTypeOf<
      'block:start' | 'block:delta' | 'block:update' | 'block:complete' | 'log' | 'error' | 'app:event'
    >();
  });
});

describe('a payload', () => {
  it('[B1] of another shape is refused at run time', () => {
    const wrong = [
      { type: 'block:delta', payload: { blockId: 'a', delta: 5 } },
      { type: 'block:delta', payload: { delta: 'x' } },
      { type: 'block:start', payload: { block: { ...text('a'), type: 'poem' } } },
      { type: 'run:failed', payload: { code: 'x', message: 'y' } },
      { type: 'message:queued', payload: {} },
    ] as const;
    for (const { type, payload } of wrong) {
      expect([type, catalogue[type].payload.safeParse(payload).success]).toEqual([type, false]);
    }
  });

  it('[B1] of another shape does not compile', () => {
    expectTypeOf<EventPayload<'block:delta'>>().toEqualTypeOf<{ blockId: string; delta: string }>();
    expectTypeOf<SessionEvent<'run:waiting'>['payload']>().toEqualTypeOf<{ requestId: string }>();
    const calls = [
      // @ts-expect-error a delta is a text
      () => event(1, 'block:delta', { blockId: 'a', delta: 5 }),
      // @ts-expect-error a delta names its block
      () => event(1, 'block:delta', { delta: 'x' }),
      // @ts-expect-error there is no such event
      () => event(1, 'block:upsert', { block: text('a') }),
      // @ts-expect-error the session is not named in a payload
      () => event(1, 'run:resumed', { sessionId: 's1' }),
    ];
    expect(calls).toHaveLength(4);
  });
});

describe('what stands around a payload', () => {
  it.each(eventTypes)('[B2] %s names no session', (type) => {
    const schema = z.toJSONSchema(eventSchema(type), { io: 'input' });
    expect(JSON.stringify(schema)).not.toMatch(/"sessionId"|"session"/);
  });

  it('[B2] is its place, time, actor and source, and the conversation, run and agent where they apply', () => {
    const { required = [], properties = {} } = z.toJSONSchema(envelopeSchema, { io: 'input' });
    expect(required).toEqual(['seq', 'at', 'type', 'payload', 'actor', 'source']);
    expect(Object.keys(properties)).toEqual([...required, 'conversationId', 'runId', 'agent']);
  });

  it.each(['seq', 'at', 'type', 'payload', 'actor', 'source'])(
    '[B2] an event without %s is refused',
    (field) => {
      const { [field]: _left, ...rest } = { ...event(1, 'run:resumed', {}) } as Record<string, unknown>;
      expect(envelopeSchema.safeParse(event(1, 'run:resumed', {})).success).toBe(true);
      expect(envelopeSchema.safeParse(rest).success).toBe(false);
    },
  );
});
