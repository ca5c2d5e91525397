import * as fc from 'fast-check';
import type { AnyEvent, Block, SessionEvent } from '../src/index.ts';
import { event, text, thinking, timeAt, toolUse } from './events.ts';

// A log as a server may write it, and a little beyond: block ids are unique, all else may be out of place, as events for
// blocks that are not open, for conversations that are not there, or of types that nobody knows.
const kinds = [
  'start text',
  'start thinking',
  'start tool',
  'branch',
  'delta',
  'empty delta',
  'update',
  'complete',
  'complete empty',
  'stray',
  'spawn',
  'message',
  'deliver',
  'promote',
  'remove',
  'run',
  'request',
  'environment',
  'title',
  'unknown',
] as const;

interface Step {
  readonly kind: (typeof kinds)[number];
  /** Picks among what is there: an open block, a conversation, a run. */
  readonly pick: number;
  readonly words: string;
}

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  pick: fc.nat({ max: 7 }),
  words: fc.string({ maxLength: 6 }),
});

/** Plausible logs. They shrink to the shortest that still shows a fault. */
export const logArbitrary: fc.Arbitrary<AnyEvent[]> = fc
  .array(stepArbitrary, { minLength: 1, maxLength: 60, size: 'max' })
  .map((steps) => logOf(steps));

interface Place {
  readonly block: Block;
  readonly conversationId: string;
}

function logOf(steps: readonly Step[]): AnyEvent[] {
  const created = { agent: 'writer', title: '', tags: [], metadata: {}, options: {} };
  const log: AnyEvent[] = [event(1, 'session:created', created)];
  const conversations = ['main'];
  const started: Place[] = [];
  for (const step of steps) {
    const seq = log.length + 1;
    const conversationId = conversations[step.pick % conversations.length] ?? 'main';
    const next = eventOf(step, seq, conversationId, started);
    if (next.type === 'block:start') {
      started.push({ block: (next as SessionEvent<'block:start'>).payload.block, conversationId });
    }
    if (next.type === 'agent:spawned') conversations.push(`thread-${seq}`);
    log.push(next);
  }
  return log;
}

function eventOf(
  { kind, pick, words }: Step,
  seq: number,
  conversationId: string,
  started: Place[],
): AnyEvent {
  const newest = started.at(-1 - (pick % 4)) ?? { block: text('nowhere'), conversationId };
  const { block } = newest;
  const around = { conversationId, runId: `run-${pick % 3}` };
  const inPlace = { ...around, conversationId: newest.conversationId };
  const runEnds = ['run:completed', 'run:cancelled', 'run:stopping', 'run:resumed'] as const;
  switch (kind) {
    case 'start text':
      return event(seq, 'block:start', { block: text(`b${seq}`, words) }, around);
    case 'start thinking':
      return event(seq, 'block:start', { block: thinking(`b${seq}`) }, around);
    case 'start tool':
      return event(seq, 'block:start', { block: toolUse(`b${seq}`) }, around);
    case 'branch': {
      const parentId = pick === 0 ? null : block.id;
      return event(seq, 'block:start', { block: { ...text(`b${seq}`), parentId } }, inPlace);
    }
    case 'delta':
      return event(seq, 'block:delta', { blockId: block.id, delta: words }, inPlace);
    case 'empty delta':
      return event(seq, 'block:delta', { blockId: block.id, delta: '' }, inPlace);
    case 'update':
      return event(
        seq,
        'block:update',
        { blockId: block.id, updates: { metadata: { words }, id: 'x' } },
        inPlace,
      );
    case 'complete': {
      const whole: Block =
        block.type === 'tool_use'
          ? block
          : { ...text(block.id, `${words}.`), type: block.type as 'thinking' };
      return event(
        seq,
        'block:complete',
        { blockId: block.id, block: { ...whole, status: 'complete' } },
        inPlace,
      );
    }
    case 'complete empty': {
      const empty: Block =
        block.type === 'tool_use' ? block : { ...text(block.id), type: block.type as 'thinking' };
      return event(
        seq,
        'block:complete',
        { blockId: block.id, block: { ...empty, status: 'aborted' } },
        inPlace,
      );
    }
    case 'stray':
      return event(seq, 'block:delta', { blockId: block.id, delta: words }, { conversationId: 'nowhere' });
    case 'spawn':
      return event(
        seq,
        'agent:spawned',
        { toolUseId: 'use', agent: 'helper' },
        { conversationId: `thread-${seq}` },
      );
    case 'message': {
      const messageId = `m${pick}`;
      const queued = { messageId, commandId: `c${seq}`, content: 'hello', delivery: 'queue' } as const;
      return event(seq, 'message:queued', queued, around);
    }
    case 'deliver': {
      const said: Block = { id: `b${seq}`, type: 'user_message', status: 'complete', content: 'hello' };
      return event(seq, 'message:delivered', { messageId: `m${pick}`, block: said }, around);
    }
    case 'promote':
      return event(seq, 'message:promoted', { messageId: `m${pick}` }, around);
    case 'remove':
      return event(seq, 'message:removed', { messageId: `m${pick}` }, around);
    case 'run':
      if (pick > 3) return event(seq, runEnds[pick - 4] ?? 'run:stopping', {}, around);
      if (pick === 3) return event(seq, 'run:failed', { code: 'x', message: words, retryable: true }, around);
      return event(seq, 'run:started', { agent: 'writer', attempt: 1 }, around);
    case 'request':
      return pick % 2 === 0
        ? event(seq, 'request:opened', { requestId: `q${pick}`, kind: 'question', prompt: words }, around)
        : event(seq, 'request:settled', { requestId: `q${pick - 1}`, outcome: 'answered' }, around);
    case 'environment':
      return event(seq, pick % 2 === 0 ? 'environment:starting' : 'environment:ready', {});
    case 'title':
      return event(seq, 'session:updated', { title: words, tags: [`tag-${words}`] });
    case 'unknown':
      return { ...event(seq, 'queue:released', {}), type: 'later:event', payload: words, at: timeAt(seq) };
    default:
      return kind satisfies never;
  }
}
