import type { AnyEvent } from '@perdure/client';
import { type Answer, ask } from '../../e2e/support/running-server.ts';

interface Entry {
  readonly commandId: string;
  readonly content: string;
  readonly seq: number;
}

/** Messages that one client sends to one session, and which of them the server has acknowledged. */
export class Ledger {
  readonly #path: string;
  readonly #acknowledged: Entry[] = [];
  #sent = 0;

  constructor(sessionId: string) {
    this.#path = `/v1/sessions/${sessionId}/messages`;
  }

  get lastSeq(): number {
    return this.#acknowledged.at(-1)?.seq ?? 0;
  }

  /** Sends a message that runs nothing, and notes whether it was acknowledged. */
  async send(url: string): Promise<Answer> {
    this.#sent += 1;
    const [content, commandId] = [`message ${this.#sent}`, `command-${this.#sent}`];
    const answer = await ask(`${url}${this.#path}`, 'POST', { body: { content, commandId, run: false } });
    if (answer.status === 202) this.#acknowledged.push({ content, commandId, seq: answer.body.seq });
    return answer;
  }

  /** What was acknowledged and is not in the log as it was, or not once. */
  lostIn(log: readonly AnyEvent[]): string[] {
    const queued = log.filter(({ type }) => type === 'message:queued');
    return this.#acknowledged.flatMap(({ content, commandId, seq }) => {
      const found = queued.filter(({ payload }) => Object(payload).commandId === commandId);
      const isKept =
        found.length === 1 && found[0]?.seq === seq && Object(found[0]?.payload).content === content;
      return isKept
        ? []
        : [`"${content}" was acknowledged at ${seq}, the log has it at ${found.map((event) => event.seq)}`];
    });
  }

  /** Sends everything that was acknowledged once more: what is not told to be a repetition of the first. */
  async doneTwice(url: string): Promise<string[]> {
    const wrong: string[] = [];
    for (const { content, commandId, seq } of this.#acknowledged) {
      const { status, body } = await ask(`${url}${this.#path}`, 'POST', {
        body: { content, commandId, run: false },
      });
      if (status !== 202 || body.duplicate !== true || body.seq !== seq) {
        wrong.push(`"${content}", acknowledged at ${seq}, was answered ${status} ${JSON.stringify(body)}`);
      }
    }
    return wrong;
  }
}
