import { type Block, type BlockOf, type BlockType, type Json, PerdureError } from '@perdure/protocol';
import type { RunPort } from './execution-environment.ts';

/** What the fold fills in, or the writer. */
type Filled = 'id' | 'status' | 'seq' | 'at' | 'runId' | 'agent';

/** A block as an agent says it: the id is made where none is given. */
export type BlockToSay = {
  [T in BlockType]: Omit<BlockOf<T>, Filled> & {
    readonly id?: string | undefined;
    readonly status?: 'complete' | 'error' | undefined;
  };
}[BlockType];

export interface ToolUseToSay {
  readonly name: string;
  readonly input: Json;
  /** The tool call's own id, such as the one a model gave it. */
  readonly id?: string | undefined;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
}

export interface ToolResultOptions {
  readonly isError?: boolean | undefined;
  /** Default: since the call was opened. */
  readonly durationMs?: number | undefined;
  readonly renderOutputAsMarkdown?: boolean | undefined;
}

/** A tool call whose block is open. */
export interface OpenToolUse {
  readonly id: string;
  /** Tells the input when it was not known at the start. */
  setInput(input: Json): boolean;
  /** Ends the call: completes its block and writes the result's. */
  result(output: Json, options?: ToolResultOptions): boolean;
}

interface OpenText {
  readonly type: 'assistant_text' | 'thinking';
  readonly id: string;
  content: string;
}

/** Of a text block, at up to six bytes each as JSON: with its names still less than an event may have. */
const MOST_CHARACTERS = 131_072;

/**
 * Says words as blocks: opens and completes them in the order that the block rules ask for. Each method answers as
 * `RunPort.emit` does.
 *
 * W1. At most one text or thinking block is open; any other block ends it first.
 * W2. A text block is opened by its first character, so none is ever empty.
 * W3. A text that grows long goes on in a block of its own: the event that completes a block holds all of it.
 */
export class BlockWriter {
  readonly #port: Pick<RunPort, 'emit' | 'newId'>;
  readonly #conversationId: string;
  readonly #now: () => number;
  #openText: OpenText | undefined;

  constructor(
    port: Pick<RunPort, 'emit' | 'newId'>,
    conversationId: string,
    /** Milliseconds that only grow. */
    now: () => number = () => performance.now(),
  ) {
    this.#port = port;
    this.#conversationId = conversationId;
    this.#now = now;
  }

  text(words: string): boolean {
    return this.#append('assistant_text', words);
  }

  thinking(words: string): boolean {
    return this.#append('thinking', words);
  }

  toolUse(call: ToolUseToSay): OpenToolUse {
    this.close();
    const { name: toolName, id: toolUseId = this.#port.newId(), displayName, description } = call;
    let block: BlockOf<'tool_use'> = {
      id: this.#port.newId(),
      type: 'tool_use',
      status: 'pending',
      toolName,
      toolUseId,
      input: call.input,
      displayName,
      description,
    };
    this.#start(block);
    const startedAt = this.#now();
    let isOpen = true;
    return {
      id: toolUseId,
      setInput: (input) => {
        block = { ...block, input };
        return this.#emit('block:update', { blockId: block.id, updates: { input } });
      },
      result: (output, options = {}) => {
        if (!isOpen) {
          throw new PerdureError('invalid-event', `Tool call "${toolUseId}" has its result already.`);
        }
        isOpen = false;
        const { isError = false, durationMs = this.#now() - startedAt, renderOutputAsMarkdown } = options;
        this.close();
        this.#complete({ ...block, status: 'complete' });
        const result: BlockOf<'tool_result'> = {
          id: this.#port.newId(),
          type: 'tool_result',
          status: 'complete',
          toolUseId,
          output,
          isError,
          durationMs,
          renderOutputAsMarkdown,
        };
        // Outputs are large: the log holds them once, in the block that is final.
        this.#start({ ...result, status: 'pending', output: null });
        return this.#complete(result);
      },
    };
  }

  /** Says a whole block at once. */
  block(said: BlockToSay): boolean {
    this.close();
    const { id = this.#port.newId(), status = 'complete' } = said;
    const block = { ...said, id, status } as Block;
    this.#start({ ...block, status: 'pending' });
    return this.#complete(block);
  }

  /** Completes the text or thinking block that is open, if one is. */
  close(): boolean {
    const open = this.#openText;
    if (open === undefined) return true;
    this.#openText = undefined;
    return this.#complete({ ...open, status: 'complete' });
  }

  #append(type: OpenText['type'], words: string): boolean {
    if (words === '') return true; // W2
    if (words.length > MOST_CHARACTERS) {
      return piecesOf(words)
        .map((piece) => this.#append(type, piece))
        .every(Boolean); // W3
    }
    const isFull = (this.#openText?.content.length ?? 0) + words.length > MOST_CHARACTERS;
    let open = this.#openText;
    if (open?.type !== type || isFull) {
      this.close(); // W1, W3
      open = { id: this.#port.newId(), type, content: '' };
      this.#start({ ...open, status: 'pending' });
      this.#openText = open;
    }
    open.content += words;
    return this.#emit('block:delta', { blockId: open.id, delta: words });
  }

  #start(block: Block): boolean {
    return this.#emit('block:start', { block });
  }

  #complete(block: Block): boolean {
    return this.#emit('block:complete', { blockId: block.id, block });
  }

  readonly #emit: RunPort['emit'] = (type, payload) =>
    this.#port.emit(type, { ...payload, conversationId: this.#conversationId });
}

/** Words in pieces that a block can hold, none cut in the middle of a character. */
function piecesOf(words: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < words.length; ) {
    const code = words.charCodeAt(start + MOST_CHARACTERS - 1);
    const splitsPair = code >= 0xd800 && code <= 0xdbff;
    const end = start + MOST_CHARACTERS - (splitsPair ? 1 : 0);
    pieces.push(words.slice(start, end));
    start = end;
  }
  return pieces;
}
