// I5  What the log says of a block is what its agent said of it, in order, and no word of another.
// I1  What an agent was told is durable is in the log.
// I10 When a run has completed, all that its agent said is in the log.
import type { AnyEvent, Block } from '@perdure/protocol';
import type { LedgerSession } from './ledger-session.ts';
import type { Ledger, LedgerChange, LedgerWatch } from './ledger.ts';
import type { Fail } from './violation.ts';

/** What an agent said in a run, as it said it. */
interface Said {
  /** Events that are kept one by one. */
  kept: number;
  /** By block: the words so far, or those that completed it. */
  readonly texts: Map<string, { words: string; final: string | undefined }>;
}

export class AgentCheck implements LedgerWatch {
  readonly #fail: Fail;
  readonly #said = new Map<string, Said>();

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  /** A run begins; one that a restore took back may do so again. */
  began(runId: string): void {
    this.#said.delete(runId);
  }

  /** The agent of a run says something. */
  said(runId: string, type: string, payload: object): void {
    const said = this.#said.get(runId) ?? { kept: 0, texts: new Map() };
    this.#said.set(runId, said);
    const { blockId, delta, block } = payload as { blockId?: string; delta?: string; block?: Block };
    if (type === 'block:delta') {
      const text = said.texts.get(blockId ?? '');
      if (text !== undefined) text.words += delta ?? '';
      return;
    }
    said.kept += 1;
    if (block === undefined || !('content' in block) || typeof block.content !== 'string') return;
    if (type === 'block:start') said.texts.set(block.id, { words: block.content, final: undefined });
    const text = said.texts.get(block.id);
    if (type === 'block:complete' && text !== undefined) text.final = block.content;
  }

  /** The agent was told that all it has said is durable. */
  flushed(
    ledger: Ledger,
    place: { readonly tenantId: string; readonly sessionId: string; readonly runId: string },
  ): void {
    const { tenantId, sessionId, runId } = place;
    const session = ledger.named(tenantId, sessionId);
    const run = session?.state.runs.find((candidate) => candidate.runId === runId);
    if (session === undefined || run?.status !== 'running') return;
    const why = this.#missing(session, runId);
    if (why !== undefined)
      this.#fail('I1', `The agent of ${runId} was told that its words are durable: ${why}.`);
  }

  wrote({ session, added }: LedgerChange): void {
    for (const { event } of added) {
      if (event.type === 'block:delta') this.#checkWords(session, event);
      if (event.type !== 'run:completed') continue;
      const why = this.#missing(session, event.runId ?? '');
      if (why !== undefined) this.#fail('I10', `Run ${event.runId} of ${session.id} completed: ${why}.`);
    }
  }

  #checkWords({ id, states }: LedgerSession, { seq, runId, payload }: AnyEvent): void {
    const { blockId } = payload as { readonly blockId: string };
    const said = this.#said.get(runId ?? '')?.texts.get(blockId);
    const blocks = states[seq]?.conversations['main']?.blocks ?? [];
    const block = blocks.find((candidate) => candidate.id === blockId);
    if (said === undefined || block === undefined || !('content' in block)) return;
    if (!said.words.startsWith(String(block.content)))
      this.#fail('I5', `Block ${blockId} of ${id} says at ${seq} what its agent did not say of it.`);
  }

  /** What of all that was said is not in the log. */
  #missing({ events, state }: LedgerSession, runId: string): string | undefined {
    const said = this.#said.get(runId);
    if (said === undefined) return undefined;
    const kept = events.filter(
      ({ event, type }) => event.runId === runId && event.source === 'agent' && type !== 'block:delta',
    ).length;
    if (kept !== said.kept) return `${said.kept} events were said and ${kept} are in the log`;
    const blocks = state.conversations['main']?.blocks ?? [];
    for (const [blockId, { words, final }] of said.texts) {
      const block = blocks.find(({ id }) => id === blockId);
      const content = block !== undefined && 'content' in block ? block.content : '';
      if (content !== (final ?? words)) return `block ${blockId} has not all of its words`;
    }
    return undefined;
  }
}
