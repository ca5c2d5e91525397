import type { Block, BlockOf, BlockType } from '../blocks/block.ts';
import type { ContentPart } from '../blocks/content.ts';
import type { EventPayload, EventType } from '../events/catalogue.ts';
import type { AnyEvent } from '../events/session-event.ts';

// The fold runs in browsers, without zod, and must not let one bad payload into the state: it would break every reader
// from then on. These tables say of each field that the fold reads which kind of JSON it has to be. The compiler holds
// them to the schemas (a field too many, too few, or optional by mistake is an error), the tests hold the kinds to them.

type Kind = 'text' | 'number' | 'flag' | 'object' | 'texts' | 'parent' | 'content' | 'block' | 'json';
type Shape<P> = { [K in keyof P]-?: undefined extends P[K] ? `${Kind}?` : Kind };
type BaseField = 'id' | 'status' | 'parentId' | 'metadata' | 'seq' | 'at' | 'runId' | 'agent';

const attachment = {
  type: 'text',
  attachmentId: 'text',
  name: 'text',
  mediaType: 'text',
  size: 'number',
} as const;

const parts: { [T in ContentPart['type']]: Shape<Extract<ContentPart, { type: T }>> } = {
  text: { type: 'text', text: 'text' },
  image: attachment,
  file: attachment,
};

const base: Shape<Pick<Block, BaseField>> = {
  id: 'text',
  status: 'text',
  parentId: 'parent?',
  metadata: 'object?',
  seq: 'number?',
  at: 'text?',
  runId: 'text?',
  agent: 'text?',
};

const blocks: { [T in BlockType]: Shape<Omit<BlockOf<T>, BaseField | 'type'>> } = {
  user_message: { content: 'content' },
  assistant_text: { content: 'text', model: 'text?' },
  thinking: { content: 'text', summary: 'text?' },
  tool_use: {
    toolName: 'text',
    toolUseId: 'text',
    input: 'json',
    displayName: 'text?',
    description: 'text?',
  },
  tool_result: {
    toolUseId: 'text',
    output: 'json',
    isError: 'flag',
    durationMs: 'number?',
    renderOutputAsMarkdown: 'flag?',
  },
  system: { subtype: 'text', message: 'text' },
  subagent: {
    subagentId: 'text?',
    toolUseId: 'text?',
    name: 'text?',
    input: 'json',
    description: 'text?',
    output: 'text?',
    durationMs: 'number?',
  },
  error: { message: 'text', code: 'text?' },
  skill_load: { skillName: 'text', content: 'text' },
};

/** Of the payloads that reach the state. */
type FoldedType = Exclude<
  EventType,
  | `environment:${'starting' | 'ready'}`
  | `run:${'resumed' | 'stopping' | 'cancelled' | 'interrupted' | 'stuck' | 'waiting'}`
  | `agent:${'spawned' | 'completed'}`
  | 'queue:released'
  | 'session:corrupt'
  | 'log'
  | 'app:event'
  | 'status:changed'
>;

const payloads: { [T in FoldedType]: Shape<EventPayload<T>> } = {
  'session:created': {
    agent: 'text?',
    swarm: 'text?',
    title: 'text',
    tags: 'texts',
    metadata: 'object',
    options: 'object',
    parentId: 'text?',
  },
  'session:updated': {
    title: 'text?',
    tags: 'texts?',
    metadata: 'object?',
    options: 'object?',
    archived: 'flag?',
  },
  'message:queued': {
    messageId: 'text',
    commandId: 'text',
    content: 'content',
    delivery: 'text',
    after: 'text?',
  },
  'message:delivered': { messageId: 'text', block: 'block' },
  'message:edited': { messageId: 'text', content: 'content' },
  'message:removed': { messageId: 'text' },
  'message:promoted': { messageId: 'text' },
  'queue:held': { reason: 'text' },
  'run:started': { agent: 'text', attempt: 'number' },
  'run:completed': { usage: 'object?' },
  'run:failed': { code: 'text', message: 'text', retryable: 'flag' },
  'request:opened': {
    requestId: 'text',
    kind: 'text',
    prompt: 'text',
    schema: 'object?',
    toolUseId: 'text?',
    input: 'json?',
    expiresAt: 'text?',
  },
  'request:settled': { requestId: 'text', outcome: 'text', response: 'json?' },
  'environment:error': { code: 'text', message: 'text', stage: 'text?' },
  'environment:terminated': { reason: 'text' },
  'block:start': { block: 'block' },
  'block:delta': { blockId: 'text', delta: 'text' },
  'block:update': { blockId: 'text', updates: 'object' },
  'block:complete': { blockId: 'text', block: 'block' },
  'agent:changed': { from: 'text', to: 'text' },
  error: { code: 'text', message: 'text' },
};

const kinds: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  object: isObject,
  texts: (value) => Array.isArray(value) && value.every(kinds.text),
  parent: (value) => value === null || kinds.text(value),
  content: (value) => kinds.text(value) || (Array.isArray(value) && value.every(isReadablePart)),
  block: isReadableBlock,
  json: () => true,
};

/** Whether a payload is what its type promises, as far as the fold relies on it. */
export function isReadable({ type, payload }: AnyEvent): boolean {
  return !Object.hasOwn(payloads, type) || fits(payload, payloads[type as FoldedType]);
}

export function isReadableBlock(value: unknown): value is Block {
  return fits(value, base) && fitsOneOf(value, blocks);
}

const isReadablePart = (value: unknown) => fitsOneOf(value, parts);

function fitsOneOf(value: unknown, shapes: Record<string, object>): boolean {
  if (!isObject(value) || typeof value['type'] !== 'string') return false;
  return Object.hasOwn(shapes, value['type']) && fits(value, shapes[value['type']] ?? {});
}

function fits(value: unknown, shape: object): boolean {
  if (!isObject(value)) return false;
  return Object.entries(shape).every(([name, kind]: [string, string]) => {
    const field = value[name];
    return field === undefined ? kind.endsWith('?') : kinds[kind.replace('?', '') as Kind](field);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
