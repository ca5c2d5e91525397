import type { Block, BlockOf, BlockType } from '../blocks/block.ts';
import type { ContentPart } from '../blocks/content.ts';
import type { EventPayload, EventType } from '../events/catalogue.ts';
import type { AnyEvent } from '../events/session-event.ts';

// The fold runs in browsers, without zod, and must not let one bad payload into the state: it would break every reader
// from then on. These tables say of each field that the fold reads which kind of JSON it has to be. The compiler holds
// them to the schemas (a field too many, too few, or optional by mistake is an error), the tests hold the kinds to them.

type Kind = (value: unknown) => boolean;
type OptionalKey<P> = { [K in keyof P]-?: undefined extends P[K] ? K : never }[keyof P];
/** The fields that have to be there, then those that may be. */
type Shape<P> = readonly [
  { readonly [K in Exclude<keyof P, OptionalKey<P>>]: Kind },
  ...([OptionalKey<P>] extends [never] ? [] : [{ readonly [K in OptionalKey<P>]-?: Kind }]),
];
type BaseField = 'id' | 'status' | 'parentId' | 'metadata' | 'seq' | 'at' | 'runId' | 'agent';

const text: Kind = (value) => typeof value === 'string';
const number: Kind = (value) => typeof value === 'number';
const flag: Kind = (value) => typeof value === 'boolean';
const object: Kind = isObject;
const texts: Kind = (value) => Array.isArray(value) && value.every(text);
const content: Kind = (value) => text(value) || (Array.isArray(value) && value.every(isReadablePart));
const block: Kind = isReadableBlock;
const json: Kind = (value) => value !== undefined;
const parent: Kind = (value) => value === null || text(value);

const attachment = [{ type: text, attachmentId: text, name: text, mediaType: text, size: number }] as const;

const parts: { [T in ContentPart['type']]: Shape<Extract<ContentPart, { type: T }>> } = {
  text: [{ type: text, text }],
  image: attachment,
  file: attachment,
};

const base: Shape<Pick<Block, BaseField>> = [
  { id: text, status: text },
  { parentId: parent, metadata: object, seq: number, at: text, runId: text, agent: text },
];

const blocks: { [T in BlockType]: Shape<Omit<BlockOf<T>, BaseField | 'type'>> } = {
  user_message: [{ content }],
  assistant_text: [{ content: text }, { model: text }],
  thinking: [{ content: text }, { summary: text }],
  tool_use: [
    { toolName: text, toolUseId: text, input: json },
    { displayName: text, description: text },
  ],
  tool_result: [
    { toolUseId: text, output: json, isError: flag },
    { durationMs: number, renderOutputAsMarkdown: flag },
  ],
  system: [{ subtype: text, message: text }],
  subagent: [
    { input: json },
    { subagentId: text, toolUseId: text, name: text, description: text, output: text, durationMs: number },
  ],
  error: [{ message: text }, { code: text }],
  skill_load: [{ skillName: text, content: text }],
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
  'session:created': [
    { title: text, tags: texts, metadata: object, options: object },
    { agent: text, swarm: text, parentId: text },
  ],
  'session:updated': [{}, { title: text, tags: texts, metadata: object, options: object, archived: flag }],
  'message:queued': [{ messageId: text, commandId: text, content, delivery: text }, { after: text }],
  'message:delivered': [{ messageId: text, block }],
  'message:edited': [{ messageId: text, content }],
  'message:removed': [{ messageId: text }],
  'message:promoted': [{ messageId: text }],
  'queue:held': [{ reason: text }],
  'run:started': [{ agent: text, attempt: number }],
  'run:completed': [{}, { usage: object }],
  'run:failed': [{ code: text, message: text, retryable: flag }],
  'request:opened': [
    { requestId: text, kind: text, prompt: text },
    { schema: object, toolUseId: text, input: json, expiresAt: text },
  ],
  'request:settled': [{ requestId: text, outcome: text }, { response: json }],
  'environment:error': [{ code: text, message: text }, { stage: text }],
  'environment:terminated': [{ reason: text }],
  'block:start': [{ block }],
  'block:delta': [{ blockId: text, delta: text }],
  'block:update': [{ blockId: text, updates: object }],
  'block:complete': [{ blockId: text, block }],
  'agent:changed': [{ from: text, to: text }],
  error: [{ code: text, message: text }],
};

/** Whether a payload is what its type promises, as far as the fold relies on it. */
export function isReadable({ type, payload }: AnyEvent): boolean {
  return !Object.hasOwn(payloads, type) || fits(payload, payloads[type as FoldedType]);
}

export function isReadableBlock(value: unknown): value is Block {
  return fits(value, base) && fitsOneOf(value, blocks);
}

const isReadablePart = (value: unknown) => fitsOneOf(value, parts);

function fitsOneOf(value: unknown, shapes: Record<string, readonly [object, object?]>): boolean {
  if (!isObject(value) || typeof value['type'] !== 'string') return false;
  return Object.hasOwn(shapes, value['type']) && fits(value, shapes[value['type']] ?? [{}]);
}

function fits(value: unknown, [needed, mayBe = {}]: readonly [object, object?]): boolean {
  if (!isObject(value)) return false;
  return (
    Object.entries(needed).every(([name, kind]: [string, Kind]) => kind(value[name])) &&
    Object.entries(mayBe).every(
      ([name, kind]: [string, Kind]) => value[name] === undefined || kind(value[name]),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
