import { type AnyEvent, emptySessionState, parseCursor, reduceSession } from '@perdure/protocol';

// What the log holds, and the cursor of a follower that has seen the first event of it.
const around = { at: '2026-01-01T00:00:00.000Z', actor: { principalId: 'ann' }, source: 'agent' } as const;
const block = { id: 'b1', type: 'assistant_text', status: 'pending', content: '' };
const log: AnyEvent[] = [
  { seq: 1, type: 'block:start', payload: { block }, ...around },
  { seq: 2, type: 'block:delta', payload: { blockId: 'b1', delta: 'Good ' }, ...around },
  { seq: 3, type: 'block:delta', payload: { blockId: 'b1', delta: 'day.' }, ...around },
];
const seen = parseCursor('1048576.1')?.seq ?? 0;
const before = log.slice(0, seen).reduce(reduceSession, emptySessionState('s1'));
const state = log.slice(seen).reduce(reduceSession, before);
const [said] = state.conversations['main']?.blocks ?? [];
if (said?.type === 'assistant_text') console.log(said.content);
