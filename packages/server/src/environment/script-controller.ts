import type { Usage } from '@perdure/protocol';
import { AsyncQueue } from './async-queue.ts';
import type { Turn } from './execution-environment.ts';
import type { ScriptedFailure, ScriptedRun, ScriptedToolUse, ScriptStep } from './script.ts';

interface Cue {
  readonly step: ScriptStep;
  readonly isLast: boolean;
  readonly played: () => void;
}

/**
 * Decides from outside, step by step, what a scripted agent does: `scriptedAgent(controller.script)`.
 * Each step goes to the run that has waited longest for one; a run whose turn has not come yet gets it later.
 * The promise of a step resolves when it was played and what it said is durable, or was dropped. It may be left alone.
 */
export interface ScriptController {
  /** Of the agent that this controls. */
  script(run: ScriptedRun): AsyncIterable<ScriptStep>;
  /** The next run that began, in order. */
  begun(): Promise<ScriptedRun>;
  /** The turn of the next run that began. */
  turn(): Promise<Turn>;
  says(...words: string[]): Promise<void>;
  thinks(words: string): Promise<void>;
  usesTool(call: ScriptedToolUse): Promise<void>;
  does(step: ScriptStep): Promise<void>;
  ends(result?: { readonly usage?: Usage | undefined }): Promise<void>;
  fails(failure: ScriptedFailure): Promise<void>;
  throws(error: unknown): Promise<void>;
}

export function createScriptController(): ScriptController {
  const cues = new AsyncQueue<Cue>();
  const runs = new AsyncQueue<ScriptedRun>();

  const does = (step: ScriptStep): Promise<void> =>
    new Promise((played) => {
      cues.push({ step, isLast: endsRun(step), played });
    });
  const begun = () => runs.take(new AbortController().signal);

  return {
    async *script(run) {
      runs.push(run);
      for (;;) {
        const { step, isLast, played } = await cues.take(run.signal);
        if (isLast) played(); // nothing is said after it, and nobody comes back for more
        yield step;
        run.flushed().then(played, played); // what was dropped was played all the same
      }
    },
    begun,
    turn: async () => (await begun()).turn,
    says: (...words) => does({ text: words }),
    thinks: (words) => does({ thinking: words }),
    usesTool: (call) => does({ tool: call }),
    does,
    ends: (result = {}) => does({ end: result }),
    fails: (failure) => does({ fail: failure }),
    throws: (error) => does({ throws: error }),
  };
}

function endsRun(step: ScriptStep): boolean {
  return 'end' in step || 'fail' in step || 'throws' in step;
}
