import {
  type Actor,
  type EnvironmentEventType,
  type EventPayload,
  MAIN_CONVERSATION,
  PerdureError,
  type SessionState,
} from '@perdure/protocol';
import { catalogue } from '@perdure/protocol/schemas';
import type { Emission, RunPort } from '../environment/execution-environment.ts';
import { type AppData, wrongAppData } from './app-data.ts';
import { BlockGate } from './block-gate.ts';
import { type EmissionQueue, HIGH_WATER_BYTES, OVERFLOW_BYTES } from './emission-queue.ts';
import type { EventDraft } from './event-draft.ts';
import type { SessionEventBus } from './session-event-bus.ts';

export interface RunEmitterOptions {
  readonly runId: string;
  readonly agent: string;
  readonly actor: Actor;
  /** Bytes of one event; larger ones are refused. */
  readonly maxEventBytes: number;
  /** Schemas of the application's own events; without them any is let through. */
  readonly data: AppData | undefined;
  readonly state: SessionState;
  readonly queue: EmissionQueue;
  readonly bus: SessionEventBus;
  /** Whether what this run says still counts. */
  readonly isCurrent: () => boolean;
  /** Whether a message that waits will have this id as a block. */
  readonly isReserved: (blockId: string) => boolean;
  /** The queue has something for the loop. */
  readonly wake: () => void;
  /** The run emits without ever waiting. */
  readonly overflow: () => void;
  readonly flushed: () => Promise<void>;
  readonly drained: () => Promise<void>;
  readonly newId: () => string;
}

/** Of an event that holds a block, all that is not the block's text: ids, times, names. */
const BYTES_AROUND_A_TEXT = 4_096;

/** What a run speaks through: each event is validated here, once, and queued for the loop. */
export function createRunEmitter(options: RunEmitterOptions): RunPort {
  const { runId, agent, actor, queue, bus } = options;
  const gate = new BlockGate(options.state, options.maxEventBytes - BYTES_AROUND_A_TEXT);

  function emit<T extends EnvironmentEventType>(type: T, emission: Emission<T>): boolean {
    if (!options.isCurrent()) return true; // X2: what a stopped run says is dropped
    const { conversationId = MAIN_CONVERSATION, ...given } = emission;
    const payload = parsed(type, given);
    if (type === 'app:event') refuseWrongData(options.data, payload as EventPayload<'app:event'>);
    const bytes = sizeOf(type, payload, options.maxEventBytes);
    if (bytes > options.maxEventBytes) {
      throw new PerdureError(
        'invalid-event',
        `An event may have ${options.maxEventBytes} bytes, this ${type} has ${bytes}.`,
      );
    }
    const draft = { type, payload, actor, source: 'agent', conversationId, runId, agent } as EventDraft;
    if (draft.type === 'block:start') refuseReserved(draft.payload.block.id, options.isReserved);
    if (!admits(gate, draft)) return true;
    queue.push(draft, bytes);
    bus.publishEmitted(draft);
    if (queue.bytes > OVERFLOW_BYTES) {
      options.overflow();
      throw new PerdureError(
        'emit-overflow',
        'The agent emitted faster than the log could take: await drained() when emit answers false.',
      );
    }
    options.wake();
    return queue.bytes <= HIGH_WATER_BYTES;
  }

  return {
    emit,
    flushed: options.flushed,
    drained: options.drained,
    newId: options.newId,
    request: () =>
      Promise.reject(
        new PerdureError('not-implemented', 'This server does not take requests of agents to people yet.'),
      ),
  };
}

function parsed(type: EnvironmentEventType, payload: unknown): EventDraft['payload'] {
  const row = Object.hasOwn(catalogue, type) ? catalogue[type] : undefined;
  if (row?.emitter !== 'environment') {
    throw new PerdureError('invalid-event', `"${type}" is not an event that an agent may emit.`);
  }
  const result = row.payload.safeParse(payload);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new PerdureError(
    'invalid-event',
    `${type}: ${issue?.path.join('.') || 'payload'}: ${issue?.message ?? 'is wrong'}.`,
  );
}

function refuseWrongData(schemas: AppData | undefined, { name, data }: EventPayload<'app:event'>): void {
  const wrong = wrongAppData(schemas, name, data);
  if (wrong !== undefined) throw new PerdureError('invalid-event', wrong);
}

/** The fold would take the message for a block that is there already. */
function refuseReserved(blockId: string, isReserved: RunEmitterOptions['isReserved']): void {
  if (!isReserved(blockId)) return;
  throw new PerdureError(
    'invalid-event',
    `Block "${blockId}" has the id of a message that waits; take another.`,
  );
}

function admits(gate: BlockGate, draft: EventDraft): boolean {
  switch (draft.type) {
    case 'block:start':
    case 'block:delta':
    case 'block:update':
    case 'block:complete':
      return gate.admit(draft.type, draft.payload, draft.conversationId);
    default:
      return true;
  }
}

const encoder = new TextEncoder();
/** In JSON text, of one character of a delta. */
const MOST_BYTES_OF_A_CHARACTER = 6;

/** The bytes of its text; only about, where it is so short that it cannot be too large. */
function sizeOf(type: string, payload: EventDraft['payload'], maxBytes: number): number {
  const length =
    type === 'block:delta'
      ? (payload as { readonly delta: string }).delta.length
      : JSON.stringify(payload).length;
  if (length * MOST_BYTES_OF_A_CHARACTER <= maxBytes) return length;
  return encoder.encode(JSON.stringify(payload)).length;
}
