import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '../support/seeded-random.ts';
import { askUntilAnswered } from './ask-until-answered.ts';
import { soakSessionId } from './soak-plan.ts';

export interface Accepted {
  readonly sessionId: string;
  readonly commandId: string;
}

export interface TalkersOptions {
  readonly url: string;
  readonly sessions: number;
  readonly count: number;
  readonly random: SeededRandom;
}

/** People who say something in one session after the other, and wait for each answer, as long as they are let. */
export class Talkers {
  readonly #options: TalkersOptions;
  readonly #open = new Map<string, string>();
  /** How often each session was deleted. */
  readonly #lives = new Map<string, number>();
  readonly #talking: Promise<void>[];
  #isOver = false;
  #said = 0;

  /** What the server has taken, in this life of each session. */
  readonly accepted: Accepted[] = [];

  constructor(options: TalkersOptions) {
    this.#options = options;
    this.#talking = Array.from({ length: options.count }, () => this.#talk());
  }

  /** A run that somebody waits for, with its session. */
  openRun(): { readonly sessionId: string; readonly runId: string } | undefined {
    const runs = [...this.#open];
    if (runs.length === 0) return undefined;
    const [sessionId, runId] = this.#options.random.pick(runs);
    return { sessionId, runId };
  }

  /** A session was deleted, with all that was said in it. */
  forget(sessionId: string): void {
    this.#open.delete(sessionId);
    this.#lives.set(sessionId, this.#life(sessionId) + 1);
    for (let index = this.accepted.length - 1; index >= 0; index -= 1)
      if (this.accepted[index]?.sessionId === sessionId) this.accepted.splice(index, 1);
  }

  /** Resolves when everybody has been answered. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#talking);
  }

  async #talk(): Promise<void> {
    const { url, sessions, random } = this.#options;
    while (!this.#isOver) {
      const sessionId = soakSessionId(random.below(sessions));
      const life = this.#life(sessionId);
      this.#said += 1;
      // The same id each time it is asked: what was taken and not answered is not taken twice.
      const body = { commandId: `said-${this.#said}`, content: `alpha beta gamma delta ${this.#said}` };
      const said = await askUntilAnswered(`${url}/v1/sessions/${sessionId}/messages`, 'POST', body);
      if (said.status !== 202) {
        await wait(100); // it is being deleted, or has no more room in its queue
        continue;
      }
      if (this.#life(sessionId) !== life) continue; // it may have been said in the life that is over
      this.accepted.push({ sessionId, commandId: body.commandId });
      this.#open.set(sessionId, said.body.runId);
      await askUntilAnswered(`${url}/v1/sessions/${sessionId}/runs/${said.body.runId}?wait=5`, 'GET');
      this.#open.delete(sessionId);
    }
  }

  #life(sessionId: string): number {
    return this.#lives.get(sessionId) ?? 0;
  }
}
