import type { AppEvents, EnvironmentEventType, Json, LogLevel, ToolShapes } from '@perdure/protocol';
import { type BlockToSay, BlockWriter, type ToolResultOptions, type ToolUseToSay } from './block-writer.ts';
import type { Emission, RequestAnswer, RequestToPeople, RunPort, Turn } from './execution-environment.ts';
import { orAborted } from './or-aborted.ts';

type ToolName = keyof ToolShapes & string;
type InputOf<N extends ToolName> = ToolShapes[N] extends { input: infer Input } ? Input : Json;
type OutputOf<N extends ToolName> = ToolShapes[N] extends { output: infer Output } ? Output : Json;

export interface ToolUseOf<N extends ToolName> extends Omit<ToolUseToSay, 'name' | 'input'> {
  readonly name: N;
  readonly input: InputOf<N>;
}

export interface ToolCall<N extends ToolName = ToolName> {
  readonly id: string;
  /** Tells the input when it was not known at the start. */
  setInput(input: InputOf<N>): boolean;
  /** Ends the call. An error's output may be any JSON, such as a sentence. */
  result(output: OutputOf<N>, options?: ToolResultOptions & { readonly isError?: false }): boolean;
  result(output: Json, options: ToolResultOptions & { readonly isError: true }): boolean;
}

/**
 * What an agent's function speaks through during one turn.
 * A method that answers `boolean` never waits; false says: await `drained()` before you say more.
 * Once the turn is over or aborted, what is said is dropped, and what waits rejects.
 */
export interface TurnSession {
  /** Words of the answer; the first ones open a block, another kind of block or the end of the turn completes it. */
  text(words: string): boolean;
  /** Says the words as they come, no faster than the log takes them. */
  textFrom(words: AsyncIterable<string> | Iterable<string>): Promise<void>;
  thinking(words: string): boolean;
  toolUse<N extends ToolName>(call: ToolUseOf<N>): ToolCall<N>;
  /** Says a whole block at once. */
  block(block: BlockToSay): boolean;
  log(level: LogLevel, message: string, data?: Json): boolean;
  /** An event of your application. */
  event<N extends keyof AppEvents & string>(name: N, data: AppEvents[N]): boolean;
  /** Any event an environment may emit, in the turn's conversation unless the payload names another. */
  emit<T extends EnvironmentEventType>(type: T, payload: Emission<T>): boolean;
  request(request: RequestToPeople): Promise<RequestAnswer>;
  flushed(): Promise<void>;
  drained(): Promise<void>;
}

/** A session to speak through until `signal` aborts or it is ended; a turn that completes completes its open text. */
export function openTurnSession(
  port: RunPort,
  turn: Pick<Turn, 'conversationId'>,
  signal: AbortSignal,
): { readonly session: TurnSession; end(how: { completes: boolean }): void } {
  const { conversationId } = turn;
  let isOver = false;

  const emit: RunPort['emit'] = (type, payload) =>
    !isOver && !signal.aborted && port.emit(type, { conversationId, ...payload });
  const writer = new BlockWriter({ emit, newId: () => port.newId() }, conversationId);
  /** A promise that may be left alone: in a function that forgot to await it, an abort must not end the process. */
  const waiting = <T>(wait: () => Promise<T>): Promise<T> => {
    const promise = orAborted(wait(), signal);
    promise.catch(() => {});
    return promise;
  };

  const session: TurnSession = {
    text: (words) => writer.text(words),
    textFrom: (words) =>
      waiting(async () => {
        const iterator = iteratorOf(words);
        try {
          for (;;) {
            const next = await orAborted(Promise.resolve(iterator.next()), signal);
            if (next.done) return;
            if (!writer.text(next.value)) await session.drained();
          }
        } catch (error) {
          // Not awaited: a generator that is busy would answer only when it has its next word.
          Promise.resolve(iterator.return?.()).catch(() => {});
          throw error;
        }
      }),
    thinking: (words) => writer.thinking(words),
    toolUse: (call) => {
      const open = writer.toolUse({ ...call, input: call.input as Json });
      return {
        id: open.id,
        setInput: (input) => open.setInput(input as Json),
        result: (output, options) => open.result(output as Json, options),
      };
    },
    block: (block) => writer.block(block),
    log: (level, message, data) => emit('log', { level, message, ...(data === undefined ? {} : { data }) }),
    event: (name, data) => emit('app:event', { name, data: data as Json }),
    emit: (type, payload) => {
      if (type === 'block:start') writer.close();
      return emit(type, payload);
    },
    request: (request) => waiting(() => port.request(request)),
    flushed: () => waiting(() => port.flushed()),
    drained: () => waiting(() => port.drained()),
  };
  const end = ({ completes }: { completes: boolean }) => {
    if (completes) writer.close();
    isOver = true;
  };
  return { session, end };
}

function iteratorOf(
  words: AsyncIterable<string> | Iterable<string>,
): AsyncIterator<string> | Iterator<string> {
  return Symbol.asyncIterator in words ? words[Symbol.asyncIterator]() : words[Symbol.iterator]();
}
