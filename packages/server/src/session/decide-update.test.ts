import { expect, test } from 'vitest';
import { defaultLimits } from '../access/limit-defaults.ts';
import { DecidedSession } from '../testing/decided-session.ts';

const actor = { principalId: 'bob' };

test('only what changed is told', async () => {
  const session = new DecidedSession();
  const input = {
    title: 'new',
    tags: [],
    metadata: { a: 1, b: { c: 2, d: 3 } },
    options: {},
    archived: false,
  };
  const { events, effects, seq, duplicate } = await session.command({ name: 'update', input }, { actor });
  const payload = { title: 'new', metadata: input.metadata };
  expect(events.map((event) => [event.type, event.payload, event.actor, event.source])).toEqual([
    ['session:updated', payload, actor, 'user'],
  ]);
  expect({ effects, seq, duplicate }).toEqual({ effects: [], seq: session.head, duplicate: undefined });
  expect(session.state).toMatchObject(payload);
});

test('an update that changes nothing writes nothing: the order of keys is no change', async () => {
  const session = new DecidedSession();
  await session.command({ name: 'update', input: { metadata: { a: 1, b: { c: [2, 3], d: null } } } });
  for (const input of [{}, { title: '' }, { metadata: { b: { d: null, c: [2, 3] }, a: 1 } }]) {
    const again = await session.command({ name: 'update', input });
    expect(again).toMatchObject({ types: [], seq: session.head, duplicate: true });
  }
  const swapped = { metadata: { a: 1, b: { c: [3, 2], d: null } } };
  expect((await session.command({ name: 'update', input: swapped })).types).toEqual(['session:updated']);
});

test.each(['metadata', 'options'] as const)('%s have a bound, to the byte', async (field) => {
  const limits = { ...defaultLimits, sessionMetadataBytes: 14 };
  const session = new DecidedSession({ limits });
  const update = (text: string) => session.command({ name: 'update', input: { [field]: { a: text } } });
  expect((await update('1€45')).types).toEqual(['session:updated']); // {"a":"1€45"}
  await expect(update('1€456')).rejects.toMatchObject({
    code: 'limit-exceeded',
    message: expect.stringContaining('14 bytes as JSON, these have 15'),
    details: { limit: 'sessionMetadataBytes', max: 14, current: 15 },
  });
});

test('[A16] what waits starts when its session leaves the archive', async () => {
  const session = new DecidedSession();
  const { runId } = await session.submit('open');
  await session.submit('waits');
  await session.command({ name: 'update', input: { archived: true } });
  session.add({ type: 'run:completed', payload: {}, actor, source: 'server', runId });
  const { types, seq, events } = await session.command({ name: 'update', input: { archived: false } });
  expect(types).toEqual(['session:updated', 'message:delivered', 'run:started']);
  expect(seq).toBe(events[0]?.seq);
});

test('[A16] an archived session takes no message and no change of its queue; its run can be stopped', async () => {
  const session = new DecidedSession();
  const { runId = '' } = await session.submit('open');
  await session.submit('waits');
  const messageId = session.state.queue[0]?.messageId ?? '';
  await session.command({ name: 'update', input: { archived: true } });
  const refused = [
    session.submit('more'),
    session.command({ name: 'queue.hold', input: {} }),
    session.command({ name: 'queue.remove', input: { messageId } }),
  ];
  for (const command of refused) {
    await expect(command).rejects.toMatchObject({
      code: 'session-archived',
      message: expect.stringContaining('archived'),
    });
  }
  expect((await session.command({ name: 'interrupt', input: { runId } })).types).toContain('run:stopping');
});
