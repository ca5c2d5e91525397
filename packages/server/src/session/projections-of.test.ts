import type { Block } from '@perdure/protocol';
import { expect, test } from 'vitest';
import { DecidedSession } from '../testing/decided-session.ts';
import type { EventDraft } from './event-draft.ts';
import { projectionsOf } from './projections-of.ts';

const stamp = { actor: { principalId: 'ann' }, source: 'agent', conversationId: 'main' } as const;

/** What an append of these events writes beside the log. */
function projected(session: DecidedSession, ...drafts: EventDraft[]) {
  const before = session.state;
  const { events } = session.add(...drafts);
  return projectionsOf(before, session.state, events, 'before');
}

function said(content: string, conversationId = 'main', id = content.slice(0, 20)): EventDraft[] {
  const block: Block = { id, type: 'assistant_text', status: 'pending', content: '' };
  return [
    { type: 'block:start', payload: { block }, ...stamp, conversationId },
    {
      type: 'block:complete',
      payload: { blockId: id, block: { ...block, content } },
      ...stamp,
      conversationId,
    },
  ];
}

test('[H7] a completed block has a row from its start to its end; an open one and an empty one have none', () => {
  const session = new DecidedSession();
  const [opened] = said('open');
  const { blocks } = projected(session, ...said('words'), ...said(''), ...(opened ? [opened] : []));
  expect(blocks).toMatchObject([
    {
      conversationId: 'main',
      firstSeq: 2,
      lastSeq: 3,
      block: { id: 'words', status: 'complete', content: 'words' },
    },
  ]);
});

test('[H7] a block of an event that names no conversation is one of the main conversation', () => {
  const session = new DecidedSession();
  const { blocks } = projected(
    session,
    ...said('words').map((draft) => ({ ...draft, conversationId: undefined })),
  );
  expect(blocks).toMatchObject([{ conversationId: 'main', block: { content: 'words' } }]);
});

test('[H7] a message has a row when it is delivered, whatever else the append tells', async () => {
  const session = new DecidedSession();
  const before = session.state;
  const { events } = await session.submit('hello');
  const { blocks, record } = projectionsOf(before, session.state, events, '');
  expect(blocks).toMatchObject([{ firstSeq: 3, lastSeq: 3, block: { content: 'hello' } }]);
  expect(record.lastText).toBe('hello');
});

test('the last words are those of the main conversation, on one line, and short', () => {
  const session = new DecidedSession();
  session.add({
    type: 'agent:spawned',
    payload: { toolUseId: 'u', agent: 'a' },
    ...stamp,
    conversationId: 'side',
  });
  expect(projected(session, ...said('main'), ...said('thought', 'side')).record.lastText).toBe('main');
  expect(projected(session, ...said('  two \n\t lines ')).record.lastText).toBe('two lines');
  expect(projected(session, ...said('x'.repeat(200), 'main', 'fits')).record.lastText).toBe('x'.repeat(200));
  expect(projected(session, ...said('y'.repeat(201), 'main', 'long')).record.lastText).toBe(
    `${'y'.repeat(199)}…`,
  );
  expect(projected(session, ...said('one'), ...said('two')).record.lastText).toBe('two');
});

test('the last words stay where an append has none', () => {
  const session = new DecidedSession();
  expect(projected(session, ...said('thought', 'nowhere')).record.lastText).toBe('before');
  const block: Block = {
    ...{ id: 'c', type: 'tool_use', status: 'pending' },
    toolName: 't',
    toolUseId: 'u',
    input: {},
  };
  const call: EventDraft[] = [
    { type: 'block:start', payload: { block }, ...stamp },
    { type: 'block:complete', payload: { blockId: 'c', block }, ...stamp },
  ];
  const { blocks, record } = projected(session, ...said('words'), ...call);
  expect(blocks).toHaveLength(2);
  expect(record.lastText).toBe('words');
});

test('[A11] recovery has to look at a session with an open run, or a message that nothing keeps back', async () => {
  const session = new DecidedSession({ environment: 'starting' });
  const isUnsettled = () => projectionsOf(session.state, session.state, [], '').record.unsettled;
  expect(isUnsettled()).toBe(false);
  const { runId = '' } = await session.submit('waits');
  expect(isUnsettled()).toBe(true);
  await session.command({ name: 'queue.hold', input: {} });
  expect(isUnsettled()).toBe(false);
  session.add({ type: 'queue:released', payload: {}, ...stamp });
  await session.command({ name: 'update', input: { archived: true } });
  expect(isUnsettled()).toBe(false);
  session.add({ type: 'run:started', payload: { agent: 'writer', attempt: 1 }, ...stamp, runId });
  expect(isUnsettled()).toBe(true);
  session.add({ type: 'run:completed', payload: {}, ...stamp, runId });
  expect(isUnsettled()).toBe(false);
});

test('[H7] the record is what the state says, and of the runs those that changed', async () => {
  const session = new DecidedSession();
  const { runId } = await session.submit('first');
  await session.submit('second');
  const fields = { title: 'new', tags: ['a'], metadata: { b: 1 } };
  const { record, runs } = projected(
    session,
    { type: 'session:updated', payload: fields, ...stamp },
    { type: 'request:opened', payload: { requestId: 'q', kind: 'question', prompt: '?' }, ...stamp, runId },
    { type: 'run:completed', payload: {}, ...stamp, runId },
  );
  expect(record).toMatchObject({
    ...{ ...fields, agent: 'writer', swarm: undefined, archived: false, activity: 'queued' },
    ...{ openRequests: 1, updatedAt: session.state.updatedAt },
  });
  expect(runs).toMatchObject([{ runId, status: 'completed' }]);
});
