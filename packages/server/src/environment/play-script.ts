import { BlockWriter } from './block-writer.ts';
import type { RunEnd, RunPort } from './execution-environment.ts';
import { orAborted } from './or-aborted.ts';
import type { Script, ScriptedRun, ScriptStep } from './script.ts';

/** Rounds of a `repeat` after which timers and sockets get their turn. */
const ROUNDS_PER_TICK = 1_000;

export interface PlayOptions {
  /** Whether to await `drained()` when the port says so. */
  readonly heedsBackpressure: boolean;
}

/** Plays a script into a port: what it says is what the port gets, rules or not. */
export async function playScript(
  script: Script,
  port: RunPort,
  run: ScriptedRun,
  { heedsBackpressure }: PlayOptions,
): Promise<RunEnd> {
  const { turn, signal } = run;
  const writer = new BlockWriter(port, turn.conversationId);
  const afterAbort: ScriptStep[] = [];

  const said = async (hasRoom: boolean): Promise<undefined> => {
    if (!hasRoom && heedsBackpressure && !signal.aborted) await orAborted(port.drained(), signal);
  };

  const play = async (step: ScriptStep): Promise<RunEnd | undefined> => {
    if ('text' in step) {
      const words = typeof step.text === 'string' ? [step.text] : step.text;
      return said(words.map((word) => writer.text(word)).every(Boolean));
    }
    if ('thinking' in step) return said(writer.thinking(step.thinking));
    if ('block' in step) return said(writer.block(step.block));
    if ('emit' in step) return said(port.emit(step.emit.type, step.emit.payload));
    if ('tool' in step) {
      const { output, isError, ...call } = step.tool;
      const open = writer.toolUse(call);
      return output === undefined ? undefined : said(open.result(output, { isError }));
    }
    if ('wait' in step) {
      const promise = typeof step.wait === 'function' ? step.wait(signal) : step.wait;
      await orAborted(promise, signal);
      return undefined;
    }
    if ('flush' in step) {
      await orAborted(port.flushed(), signal);
      return undefined;
    }
    if ('repeat' in step) {
      for (let round = 1; round <= step.repeat; round++) {
        const end = await playAll(step.steps);
        if (end !== undefined) return end;
        if (round % ROUNDS_PER_TICK === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      return undefined;
    }
    if ('hang' in step) {
      const forGood = new Promise<never>(() => {});
      return step.hang === 'for-good' ? forGood : orAborted(forGood, signal);
    }
    if ('afterAbort' in step) {
      afterAbort.push(...step.afterAbort);
      return undefined;
    }
    if ('end' in step) return { status: 'completed', ...step.end };
    if ('fail' in step) {
      return { status: 'failed', code: 'agent-failed', retryable: false, ...step.fail } as RunEnd;
    }
    throw step.throws;
  };

  const playAll = async (
    steps: Iterable<ScriptStep> | AsyncIterable<ScriptStep>,
  ): Promise<RunEnd | undefined> => {
    for await (const step of steps) {
      signal.throwIfAborted();
      const end = await play(step);
      if (end !== undefined) return end;
    }
    return undefined;
  };

  try {
    const end = await playAll(typeof script === 'function' ? script(run) : script);
    signal.throwIfAborted();
    if (end?.status !== 'failed') writer.close();
    return end ?? { status: 'completed' };
  } catch (error) {
    if (signal.aborted) for (const step of afterAbort) await play(step);
    throw error;
  }
}
