import { expect, test } from 'vitest';
import { DecidedSession } from '../testing/decided-session.ts';

const actor = { principalId: 'bob' };

/** A run is open, and two messages wait behind it. */
async function waitingQueue() {
  const session = new DecidedSession();
  const open = await session.submit('open');
  const first = await session.submit('first');
  const second = await session.submit('second');
  const [a, b] = session.state.queue.map(({ messageId }) => messageId);
  return { session, open, first, second, a: a ?? '', b: b ?? '' };
}

test('[J14] a message that waits is edited, promoted and taken back, each by one event of who did it', async () => {
  const { session, first, second, a, b } = await waitingQueue();
  const edit = { name: 'queue.update', input: { messageId: a, content: 'better' } } as const;
  const edited = await session.command(edit, { actor });
  expect(edited.events).toMatchObject([
    {
      type: 'message:edited',
      payload: { messageId: a, content: 'better' },
      actor,
      source: 'user',
      runId: first.runId,
    },
  ]);
  expect(edited.seq).toBe(session.head);
  const promoted = await session.command({ name: 'queue.promote', input: { messageId: b } }, { actor });
  expect(promoted.events).toMatchObject([
    { type: 'message:promoted', payload: { messageId: b }, actor, source: 'user', runId: second.runId },
  ]);
  expect(promoted.seq).toBe(session.head);
  expect(session.state.queue.map(({ content }) => content)).toEqual(['second', 'better']);
  const removed = await session.command({ name: 'queue.remove', input: { messageId: b } }, { actor });
  expect(removed.events).toMatchObject([
    { type: 'run:cancelled', payload: {}, actor, source: 'user', runId: second.runId },
    { type: 'message:removed', payload: { messageId: b }, actor, source: 'user', runId: second.runId },
  ]);
  expect(removed.seq).toBe(session.head);
  expect(session.run(second.runId)).toMatchObject({ status: 'cancelled' });
});

test('[J14] a message that was delivered or taken back does not wait any more', async () => {
  const { session, a } = await waitingQueue();
  await session.command({ name: 'queue.remove', input: { messageId: a } });
  const delivered = session.state.conversations['main']?.blocks[0]?.id ?? '';
  for (const messageId of [a, delivered]) {
    const late = [
      session.command({ name: 'queue.update', input: { messageId, content: 'late' } }),
      session.command({ name: 'queue.promote', input: { messageId } }),
      session.command({ name: 'queue.remove', input: { messageId } }),
    ];
    for (const refused of late) {
      await expect(refused).rejects.toMatchObject({
        code: 'message-not-found',
        message: expect.stringContaining(`"${messageId}"`),
      });
    }
  }
});

test('[J14] a hold lets the open run go on, starts none after it, and is told once', async () => {
  const { session, open } = await waitingQueue();
  const { events, seq, duplicate } = await session.command({ name: 'queue.hold', input: {} }, { actor });
  expect(events).toMatchObject([{ type: 'queue:held', payload: { reason: 'user' }, actor, source: 'user' }]);
  expect({ seq, duplicate }).toEqual({ seq: session.head, duplicate: undefined });
  const again = await session.command({ name: 'queue.hold', input: {} });
  expect(again).toMatchObject({ types: [], seq: session.head, duplicate: true });
  expect(session.run(open.runId)).toMatchObject({ status: 'running' });
});

test('[J14] a hold by a person takes the place of one by an interrupt', async () => {
  const { session, open } = await waitingQueue();
  await session.command({ name: 'interrupt', input: { runId: open.runId ?? '' } });
  expect(session.state.held).toBe('interrupt');
  expect((await session.command({ name: 'queue.hold', input: {} })).types).toEqual(['queue:held']);
  expect(session.state.held).toBe('user');
});

test('[J14] a release starts what waits, and is nothing where nothing was held', async () => {
  const { session, open } = await waitingQueue();
  await session.command({ name: 'queue.hold', input: {} });
  session.add({ type: 'run:completed', payload: {}, actor, source: 'server', runId: open.runId });
  const { events, types, seq, duplicate } = await session.command(
    { name: 'queue.release', input: {} },
    { actor },
  );
  expect(types).toEqual(['queue:released', 'message:delivered', 'run:started']);
  expect(events[0]).toMatchObject({ payload: {}, actor, source: 'user' });
  expect({ seq, duplicate }).toEqual({ seq: events[0]?.seq, duplicate: undefined });
  const again = await session.command({ name: 'queue.release', input: {} });
  expect(again).toMatchObject({ types: [], seq: session.head, duplicate: true });
});

test('[I6] a release tries an environment again that could not start', async () => {
  const session = new DecidedSession({ environment: 'absent' });
  await session.submit('waits');
  const before = session.head;
  const { types, effects, seq } = await session.command({ name: 'queue.release', input: {} });
  expect(types).toEqual(['environment:starting']);
  expect(effects).toMatchObject([{ kind: 'start-environment', agent: 'writer' }]);
  expect(seq).toBe(before);
});
