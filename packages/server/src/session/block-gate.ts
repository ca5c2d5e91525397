import {
  type Block,
  type EventPayload,
  isStreamed,
  MAIN_CONVERSATION,
  PerdureError,
  type SessionState,
} from '@perdure/protocol';

type BlockEventType = 'block:start' | 'block:delta' | 'block:update' | 'block:complete';

interface OpenBlock {
  readonly conversationId: string;
  readonly block: Block;
  /** Of its deltas so far. */
  textBytes: number;
}

const encoder = new TextEncoder();

/**
 * Holds the block rules at the door: what it lets through is never ignored by the fold. It knows what was emitted but is
 * not durable yet, so it is asked in the order of the emits. One per run.
 */
export class BlockGate {
  readonly #open = new Map<string, OpenBlock>();
  readonly #known: Set<string>;
  readonly #conversations: ReadonlySet<string>;
  /** What the deltas of one block may come to: the event that completes it holds them all. */
  readonly #maxTextBytes: number;

  constructor(state: SessionState, maxTextBytes = Number.POSITIVE_INFINITY) {
    this.#maxTextBytes = maxTextBytes;
    const conversations = Object.entries(state.conversations);
    this.#conversations = new Set(conversations.map(([id]) => id));
    this.#known = new Set(conversations.flatMap(([, { blocks }]) => blocks.map((block) => block.id)));
  }

  /** False: the event says nothing and can be dropped. Throws `invalid-event` with the rule it breaks. */
  admit(
    kind: BlockEventType,
    payload: EventPayload<BlockEventType>,
    conversationId = MAIN_CONVERSATION,
  ): boolean {
    if (!this.#conversations.has(conversationId)) {
      throw refused(`There is no conversation "${conversationId}" in this session.`);
    }
    switch (kind) {
      case 'block:start':
        return this.#start((payload as EventPayload<'block:start'>).block, conversationId);
      case 'block:delta': {
        const { blockId, delta } = payload as EventPayload<'block:delta'>;
        const open = this.#openBlock(blockId, conversationId, kind);
        if (!isStreamed(open.block))
          throw refused(
            `Block "${blockId}" is a ${open.block.type}: it has no text that deltas could extend.`,
          );
        this.#measure(open, delta);
        return delta !== '';
      }
      case 'block:update':
        this.#openBlock((payload as EventPayload<'block:update'>).blockId, conversationId, kind);
        return true;
      case 'block:complete':
        return this.#complete(payload as EventPayload<'block:complete'>, conversationId);
      default:
        kind satisfies never;
        return true;
    }
  }

  #start(block: Block, conversationId: string): boolean {
    if (this.#known.has(block.id))
      throw refused(`Block "${block.id}" was started before: give each block an id of its own.`);
    this.#known.add(block.id);
    this.#open.set(block.id, { conversationId, block, textBytes: 0 });
    return true;
  }

  #complete({ blockId, block }: EventPayload<'block:complete'>, conversationId: string): boolean {
    const open = this.#openBlock(blockId, conversationId, 'block:complete');
    if (block.id !== blockId || block.type !== open.block.type) {
      throw refused(
        `Block "${blockId}" is a ${open.block.type}; it cannot be completed as ${block.type} "${block.id}".`,
      );
    }
    this.#open.delete(blockId);
    return true;
  }

  #measure(open: OpenBlock, delta: string): void {
    const textBytes = open.textBytes + encoder.encode(delta).length;
    if (textBytes > this.#maxTextBytes) {
      throw refused(
        `The text of block "${open.block.id}" may have ${this.#maxTextBytes} bytes: complete it, and go on in another.`,
      );
    }
    open.textBytes = textBytes;
  }

  #openBlock(blockId: string, conversationId: string, type: BlockEventType): OpenBlock {
    const entry = this.#open.get(blockId);
    if (entry === undefined || entry.conversationId !== conversationId) {
      throw refused(
        `${type} names block "${blockId}", which is not open: start it first, and never after it was completed.`,
      );
    }
    return entry;
  }
}

function refused(message: string): PerdureError {
  return new PerdureError('invalid-event', message);
}
