// I1  Nothing that was given to an outbox is lost: it is in the log, or it failed and says so, or it still waits.
// I2  It stands in the log under the id that it was given, and in the order in which it was given.
import type { LedgerChange, LedgerWatch } from './ledger.ts';
import type { Fail } from './violation.ts';

interface Given {
  readonly commandId: string;
  /** One life of one client on one session: order holds within it. */
  readonly line: string;
  state: 'waiting' | 'written' | 'failed';
}

export class OutboxCheck implements LedgerWatch {
  readonly #fail: Fail;
  readonly #given = new Map<string, Given>();
  readonly #lines = new Map<string, Given[]>();
  /** Ids that are used without an outbox. */
  readonly #others = new Set<string>();
  readonly #hasFailed: (commandId: string) => boolean;

  /** `hasFailed`: whether an outbox shows it as failed; a later life of a client tells nobody else. */
  constructor(fail: Fail, hasFailed: (commandId: string) => boolean) {
    this.#fail = fail;
    this.#hasFailed = hasFailed;
  }

  given(line: string, commandId: string): void {
    const given: Given = { commandId, line, state: 'waiting' };
    this.#given.set(commandId, given);
    this.#lines.set(line, [...(this.#lines.get(line) ?? []), given]);
  }

  failed(commandId: string): void {
    const given = this.#given.get(commandId);
    if (given?.state === 'waiting') given.state = 'failed';
  }

  sentBesides(commandId: string): void {
    this.#others.add(commandId);
  }

  wrote({ write, session, added }: LedgerChange): void {
    if (write.kind === 'create') return;
    for (const { event } of added) {
      if (event.type !== 'message:queued') continue;
      const { commandId } = event.payload as { readonly commandId: string };
      const given = this.#given.get(commandId);
      if (given === undefined) {
        if (!this.#others.has(commandId))
          this.#fail('I2', `A message of ${session.id} stands under the id ${commandId}, which nobody gave.`);
        continue;
      }
      for (const before of this.#lines.get(given.line) ?? []) {
        if (before === given) break;
        if (before.state === 'waiting' && !this.#hasFailed(before.commandId))
          this.#fail(
            'I2',
            `Message ${commandId} of ${session.id} overtook ${before.commandId}, which was given before.`,
          );
      }
      given.state = 'written';
    }
  }

  /** At rest, with the ids of what outboxes still show. */
  atRest(shown: ReadonlySet<string>): void {
    for (const { commandId, line, state } of this.#given.values())
      if (state === 'waiting' && !shown.has(commandId))
        this.#fail('I1', `Message ${commandId}, which ${line} was given, is nowhere.`);
  }
}
