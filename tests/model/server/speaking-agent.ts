import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AgentDefinition, functionAgent, type TurnSession } from '@perdure/server';
import { BULK_CHARACTERS, markOf, type Step, scriptOf, wordOf } from './script.ts';

/** Where agents wait until they are told to go on. */
export class Gates {
  readonly #open = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  open(tag: string): void {
    this.#open.add(tag);
    for (const goOn of this.#waiting.get(tag) ?? []) goOn();
    this.#waiting.delete(tag);
  }

  passed(tag: string): Promise<void> {
    if (this.#open.has(tag)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(tag, [...(this.#waiting.get(tag) ?? []), resolve]);
    });
  }
}

/** What an agent throws that is told to. */
export const SCRIPTED_ERROR = 'The script says so.';

/** What a stopped run says that goes on talking. Nobody may ever see it. */
const STALE = 'stale ';
const STALE_TURNS = 20;

/** Does what the message says. `onBegin` is told of each run, as the world outside would notice it. */
export function speakingAgent(gates: Gates, onBegin: (runId: string) => void): AgentDefinition {
  return functionAgent(async ({ runId, text, signal }, session) => {
    onBegin(runId);
    const { tag, steps } = scriptOf(text);
    if (steps.some(({ kind }) => kind === 'haunt'))
      signal.addEventListener('abort', () => void haunt(session), { once: true });
    for (const [index, step] of steps.entries()) {
      await perform(session, { tag, index, step, gates });
      await nextTurn();
      signal.throwIfAborted();
    }
  });
}

interface Part {
  readonly tag: string;
  readonly index: number;
  readonly step: Step;
  readonly gates: Gates;
}

async function perform(session: TurnSession, { tag, index, step, gates }: Part): Promise<void> {
  const mark = markOf(tag, index);
  switch (step.kind) {
    case 'say':
    case 'think':
      for (let word = 0; word < step.words; word += 1) {
        const spoken = wordOf(tag, index, word);
        const goesOn = step.kind === 'say' ? session.text(spoken) : session.thinking(spoken);
        if (!goesOn) await session.drained();
        await nextTurn();
      }
      return;
    case 'tool': {
      const call = session.toolUse({ name: 'probe', input: { mark } });
      await session.flushed();
      call.result({ mark });
      return;
    }
    case 'call':
      session.toolUse({ name: 'probe', input: { mark } });
      return;
    case 'note':
      session.log('info', mark);
      return;
    case 'tell':
      session.event('told', { mark });
      return;
    case 'bulk':
      session.log('info', mark, 'b'.repeat(BULK_CHARACTERS));
      return;
    case 'flush':
      return session.flushed();
    case 'wait':
      session.event('waiting', { mark });
      await session.flushed();
      return gates.passed(tag);
    case 'haunt':
      return;
    case 'throw':
      throw new Error(SCRIPTED_ERROR);
    default:
      step satisfies never;
  }
}

async function haunt(session: TurnSession): Promise<void> {
  for (let turn = 0; turn < STALE_TURNS; turn += 1) {
    session.text(STALE);
    session.log('info', STALE);
    session.event('told', { mark: STALE });
    await nextTurn();
  }
}
