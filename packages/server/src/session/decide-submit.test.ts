import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../access/limit-defaults.ts';
import { DecidedSession } from '../testing/decided-session.ts';

describe('a message', () => {
  test('is queued, delivered and answered by a run in one append, if nothing is before it', async () => {
    const session = new DecidedSession();
    const { events, effects, seq, runId, position } = await session.submit('hello');
    const stamp = { actor: { principalId: 'ann' }, runId, conversationId: 'main' };
    expect(events).toMatchObject([
      {
        type: 'message:queued',
        payload: { messageId: 'id-2', commandId: 'command', content: 'hello', delivery: 'queue' },
        ...stamp,
        source: 'user',
        agent: 'writer',
      },
      {
        type: 'message:delivered',
        payload: {
          messageId: 'id-2',
          block: { id: 'id-2', type: 'user_message', status: 'complete', content: 'hello' },
        },
        ...stamp,
        source: 'user',
      },
      {
        type: 'run:started',
        payload: { agent: 'writer', attempt: 1 },
        actor: stamp.actor,
        runId,
        source: 'server',
        agent: 'writer',
      },
    ]);
    expect(events[1]?.payload).not.toHaveProperty('block.parentId');
    expect({ seq, runId, position }).toEqual({ seq: 2, runId: 'id-1', position: 0 });
    expect(effects).toEqual([{ kind: 'run', runId: 'id-1', messageId: 'id-2' }]);
  });

  test('waits behind an open run, at the place that its answer tells', async () => {
    const session = new DecidedSession();
    await session.submit('first');
    for (const expected of [0, 1]) {
      const { types, effects, position } = await session.submit('waits');
      expect({ types, effects, position }).toEqual({
        types: ['message:queued'],
        effects: [],
        position: expected,
      });
    }
  });

  test('is refused when the queue is full, and taken when one was taken out of it', async () => {
    const limits = { ...defaultLimits, sessionQueuedMessages: 1 };
    const session = new DecidedSession({ limits, environment: 'starting' });
    const { runId = '' } = await session.submit('fits');
    await expect(session.submit('too many')).rejects.toMatchObject({
      code: 'queue-full',
      message: expect.stringContaining('1 queued messages'),
      details: { limit: 'sessionQueuedMessages', max: 1, current: 1 },
    });
    await session.command({ name: 'interrupt', input: { runId } });
    expect(await session.submit('fits again')).toMatchObject({ position: 0 });
  });

  test('ends a hold of the queue', async () => {
    const session = new DecidedSession();
    await session.command({ name: 'queue.hold', input: {} });
    const { events, types, seq } = await session.submit('hello');
    expect(types).toEqual(['queue:released', 'message:queued', 'message:delivered', 'run:started']);
    expect(events[0]).toMatchObject({ payload: {}, actor: { principalId: 'ann' }, source: 'user' });
    expect(seq).toBe(events[1]?.seq);
    expect(session.state.held).toBeNull();
  });

  test('is for the agent that its sender meant, or for none', async () => {
    const session = new DecidedSession();
    const to = (ifAgent: string) => session.command({ name: 'submit', input: { content: 'hello', ifAgent } });
    await expect(to('reviewer')).rejects.toMatchObject({
      code: 'agent-not-active',
      message: 'Agent "writer" is active, not "reviewer".',
    });
    expect(await to('writer')).toMatchObject({ runId: 'id-1' });
  });
});

describe('[J7] a message without a run', () => {
  test('is history at once, and no run comes of it', async () => {
    const session = new DecidedSession();
    const { events, effects, seq, runId } = await session.command({
      name: 'submit',
      input: { content: 'for the record', run: false },
    });
    const stamp = { actor: { principalId: 'ann' }, source: 'user', conversationId: 'main' };
    const block = { id: 'id-1', type: 'user_message', status: 'complete', content: 'for the record' };
    expect(events).toMatchObject([
      {
        type: 'message:queued',
        payload: {
          messageId: 'id-1',
          commandId: 'command',
          content: 'for the record',
          delivery: 'queue',
        },
        ...stamp,
      },
      { type: 'message:delivered', payload: { messageId: 'id-1', block }, ...stamp },
    ]);
    expect({ effects, seq, runId }).toEqual({ effects: [], seq: 2, runId: undefined });
    expect(session.state).toMatchObject({ runs: [], queue: [], activity: 'idle' });
    expect(session.state.conversations['main']?.blocks).toMatchObject([block]);
  });

  test('runs when it is asked to in so many words', async () => {
    const session = new DecidedSession();
    const { types } = await session.command({ name: 'submit', input: { content: 'hello', run: true } });
    expect(types).toContain('run:started');
  });
});

describe('a message that interrupts', () => {
  const urgent = { name: 'submit', input: { content: 'stop that', delivery: 'interrupt' } } as const;

  test('asks the open run to end and is the next', async () => {
    const session = new DecidedSession();
    const { runId: open } = await session.submit('first');
    await session.submit('second');
    const { events, effects, runId, position, seq } = await session.command(urgent);
    expect(events).toMatchObject([
      { type: 'message:queued', runId, payload: { delivery: 'interrupt' } },
      {
        type: 'run:stopping',
        payload: {},
        runId: open,
        agent: 'writer',
        actor: { principalId: 'ann' },
        source: 'user',
      },
      { type: 'message:promoted', runId, payload: { messageId: session.state.queue[0]?.messageId } },
    ]);
    expect(effects).toEqual([{ kind: 'abort', runId: open }]);
    expect({ seq, position }).toEqual({ seq: events[0]?.seq, position: 0 });
    expect(session.state.queue.map(({ content }) => content)).toEqual(['stop that', 'second']);
    expect(session.state.held).toBeNull();
  });

  test('does not ask a run twice', async () => {
    const session = new DecidedSession();
    await session.submit('first');
    await session.command(urgent);
    const { types, effects, position } = await session.command(urgent);
    expect(types).toEqual(['message:queued', 'message:promoted']);
    expect({ effects, position }).toEqual({ effects: [], position: 0 });
  });

  test('waits its turn where no run is open', async () => {
    const session = new DecidedSession({ environment: 'starting' });
    await session.submit('first');
    const { types, position } = await session.command(urgent);
    expect({ types, position }).toEqual({ types: ['message:queued'], position: 1 });
  });
});

test.each([
  [{ delivery: 'steer' }, 'delivery: steer'],
  [{ after: 'block' }, 'after'],
  [{ debounceMs: 10 }, 'debounceMs'],
] as const)('what is not offered yet is refused by its name: %o', async (input, name) => {
  const session = new DecidedSession();
  await expect(
    session.command({ name: 'submit', input: { content: 'hello', ...input } }),
  ).rejects.toMatchObject({ code: 'not-implemented', message: expect.stringContaining(`"${name}"`) });
});
