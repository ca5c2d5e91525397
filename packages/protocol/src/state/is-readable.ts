import type { Block, BlockOf, BlockType } from '../blocks/block.ts';
import type { ContentPart } from '../blocks/content.ts';
import type { EventPayload, EventType } from '../events/catalogue.ts';
import type { AnyEvent } from '../events/session-event.ts';

// The fold runs in browsers, without zod, and must not let one bad payload into the state: it would break every reader
// from then on. These tables say of each field that the fold reads which kind of JSON it has to be. The compiler holds
// them to the schemas (a field too many, too few, or optional by mistake is an error), the tests hold the kinds to them.

type Kind = (value: unknown) => boolean;
/** Of a field that may be left out. */
type MayBe = readonly [Kind];
type Shape<P> = { readonly [K in keyof P]-?: undefined extends P[K] ? MayBe : Kind };
type BaseField = 'id' | 'status' | 'parentId' | 'metadata' | 'seq' | 'at' | 'runId' | 'agent';

const text: Kind = (value) => typeof value === 'string';
const number: Kind = (value) => typeof value === 'number';
const flag: Kind = (value) => typeof value === 'boolean';
const object: Kind = isObject;
const texts: Kind = (value) => Array.isArray(value) && value.every(text);
const content: Kind = (value) => text(value) || (Array.isArray(value) && value.every(isReadablePart));
const block: Kind = isReadableBlock;
const json: Kind = (value) => value !== undefined;

const mayBeText: MayBe = [text];
const mayBeTexts: MayBe = [texts];
const mayBeNumber: MayBe = [number];
const mayBeFlag: MayBe = [flag];
const mayBeObject: MayBe = [object];
const mayBeJson: MayBe = [json];
const mayBeParent: MayBe = [(value) => value === null || text(value)];

const attachment = {
  type: text,
  attachmentId: text,
  name: text,
  mediaType: text,
  size: number,
} as const;

const parts: { [T in ContentPart['type']]: Shape<Extract<ContentPart, { type: T }>> } = {
  text: { type: text, text: text },
  image: attachment,
  file: attachment,
};

const base: Shape<Pick<Block, BaseField>> = {
  id: text,
  status: text,
  parentId: mayBeParent,
  metadata: mayBeObject,
  seq: mayBeNumber,
  at: mayBeText,
  runId: mayBeText,
  agent: mayBeText,
};

const blocks: { [T in BlockType]: Shape<Omit<BlockOf<T>, BaseField | 'type'>> } = {
  user_message: { content: content },
  assistant_text: { content: text, model: mayBeText },
  thinking: { content: text, summary: mayBeText },
  tool_use: {
    toolName: text,
    toolUseId: text,
    input: json,
    displayName: mayBeText,
    description: mayBeText,
  },
  tool_result: {
    toolUseId: text,
    output: json,
    isError: flag,
    durationMs: mayBeNumber,
    renderOutputAsMarkdown: mayBeFlag,
  },
  system: { subtype: text, message: text },
  subagent: {
    subagentId: mayBeText,
    toolUseId: mayBeText,
    name: mayBeText,
    input: json,
    description: mayBeText,
    output: mayBeText,
    durationMs: mayBeNumber,
  },
  error: { message: text, code: mayBeText },
  skill_load: { skillName: text, content: text },
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
    agent: mayBeText,
    swarm: mayBeText,
    title: text,
    tags: texts,
    metadata: object,
    options: object,
    parentId: mayBeText,
  },
  'session:updated': {
    title: mayBeText,
    tags: mayBeTexts,
    metadata: mayBeObject,
    options: mayBeObject,
    archived: mayBeFlag,
  },
  'message:queued': {
    messageId: text,
    commandId: text,
    content: content,
    delivery: text,
    after: mayBeText,
  },
  'message:delivered': { messageId: text, block: block },
  'message:edited': { messageId: text, content: content },
  'message:removed': { messageId: text },
  'message:promoted': { messageId: text },
  'queue:held': { reason: text },
  'run:started': { agent: text, attempt: number },
  'run:completed': { usage: mayBeObject },
  'run:failed': { code: text, message: text, retryable: flag },
  'request:opened': {
    requestId: text,
    kind: text,
    prompt: text,
    schema: mayBeObject,
    toolUseId: mayBeText,
    input: mayBeJson,
    expiresAt: mayBeText,
  },
  'request:settled': { requestId: text, outcome: text, response: mayBeJson },
  'environment:error': { code: text, message: text, stage: mayBeText },
  'environment:terminated': { reason: text },
  'block:start': { block: block },
  'block:delta': { blockId: text, delta: text },
  'block:update': { blockId: text, updates: object },
  'block:complete': { blockId: text, block: block },
  'agent:changed': { from: text, to: text },
  error: { code: text, message: text },
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
  return Object.entries(shape).every(([name, kind]: [string, Kind | MayBe]) => {
    const field = value[name];
    return typeof kind === 'function' ? kind(field) : field === undefined || kind[0](field);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
