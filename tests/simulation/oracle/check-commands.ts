// I1  What was acknowledged is in the log, also after every crash.
// I2  Each command has at most one effect, and a repetition gets the answer that the first one had.
// I9  What was refused for good is not in the log, not even in part.
import { type AnyEvent, isPerdureError } from '@perdure/protocol';
import { commandKey } from '../disk/disk-image.ts';
import type { LedgerSession } from './ledger-session.ts';
import type { Ledger, LedgerChange, LedgerWatch } from './ledger.ts';
import type { Fail } from './violation.ts';

/** A command as it arrived at a server. */
export interface ArrivedCommand {
  readonly path: string;
  readonly tenantId: string;
  readonly principalId: string;
  readonly sessionId: string;
  readonly commandId: string;
  /** What it asks, as one text. */
  readonly asks: string;
  /** Whether the host took no writes at some time since it arrived: then an interrupt is done without being written. */
  readonly wasReadOnly: boolean;
  /** The session it met when it arrived. */
  readonly session: LedgerSession | undefined;
}

interface FirstAnswer {
  readonly asks: string;
  readonly seq: number;
  readonly runId: string | undefined;
}

/** Commands that may be done without an event: when they change nothing. */
const mayWriteNothing = new Set([
  'sessions.interrupt',
  'sessions.queue.hold',
  'sessions.queue.release',
  'sessions.update',
]);

export class CommandCheck implements LedgerWatch {
  readonly #fail: Fail;
  readonly #queued = new Map<LedgerSession, Set<string>>();
  readonly #first = new Map<LedgerSession, Map<string, FirstAnswer>>();
  #restores = 0;

  constructor(fail: Fail) {
    this.#fail = fail;
  }

  wrote({ session, added, after }: LedgerChange): undefined {
    const known = this.#queued.get(session);
    const ids =
      known ?? new Set(session.events.slice(0, after).flatMap(({ event }) => messageOf(event) ?? []));
    this.#queued.set(session, ids);
    for (const { event } of added) {
      const id = messageOf(event);
      if (id === undefined) continue;
      const { commandId } = event.payload as { readonly commandId: string };
      if (ids.has(id)) this.#fail('I2', `Command ${commandId} queued a message of ${session.id} twice.`);
      ids.add(id);
    }
  }

  /** The server is about to answer. */
  acknowledged(command: ArrivedCommand, answer: unknown, ledger: Ledger): undefined {
    this.#forgetRestored(ledger);
    const { path, commandId, principalId, sessionId, session: met } = command;
    const { seq, duplicate, runId } = answer as { seq: number; duplicate: boolean; runId?: string };
    const session = ledger.named(command.tenantId, sessionId) ?? met;
    const isDone = mayWriteNothing.has(path) && (duplicate || path === 'sessions.queue.release');
    if (session === undefined && isDone) return;
    if (session === undefined)
      return this.#fail('I1', `${path} was answered, but ${sessionId} is not there.`);
    // While nothing can be written an interrupt has had its way without the log: its answer tells of the run alone.
    if (path === 'sessions.interrupt' && command.wasReadOnly) return;
    const record = session.commands.get(commandKey(principalId, commandId));
    if (record === undefined) {
      if (!isDone && met === session)
        this.#fail(
          'I1',
          `${path} ${commandId} was acknowledged at ${seq}, and is not in the log of ${sessionId}.`,
        );
      return;
    }
    const result = JSON.parse(record.result) as { seq: number; runId?: string };
    if (result.seq !== seq || result.runId !== runId)
      this.#fail('I2', `${path} ${commandId} was answered with ${seq}, its record says ${result.seq}.`);
    if (seq > record.through || seq > session.head)
      this.#fail(
        'I1',
        `${path} ${commandId} was answered with ${seq}, the log of ${sessionId} ends at ${session.head}.`,
      );
    this.#remember(session, command, { asks: command.asks, seq, runId });
  }

  /** The server is about to refuse. */
  refusedCommand(command: ArrivedCommand, error: unknown, ledger: Ledger): undefined {
    this.#forgetRestored(ledger);
    if (!isPerdureError(error) || error.retry === 'same-id') return;
    const { path, commandId, principalId, session } = command;
    const now = ledger.named(command.tenantId, command.sessionId);
    if (session === undefined || now !== session) return;
    const record = session.commands.get(commandKey(principalId, commandId));
    const first = this.#first.get(session)?.get(commandKey(principalId, commandId));
    if (record === undefined) return;
    if (error.code === 'idempotency-mismatch' && first?.asks !== command.asks) return;
    this.#fail('I9', `${path} ${commandId} was refused (${error.code}), and is in the log of ${session.id}.`);
  }

  #remember(
    session: LedgerSession,
    { principalId, commandId }: ArrivedCommand,
    answer: FirstAnswer,
  ): undefined {
    const answers = this.#first.get(session) ?? new Map<string, FirstAnswer>();
    this.#first.set(session, answers);
    const key = commandKey(principalId, commandId);
    const before = answers.get(key);
    if (before === undefined) answers.set(key, answer);
    else if (before.asks !== answer.asks)
      this.#fail('I2', `Command ${commandId} was answered for two different things.`);
    else if (before.seq !== answer.seq)
      this.#fail(
        'I2',
        `Command ${commandId} was answered with ${before.seq} first and with ${answer.seq} now.`,
      );
  }

  /** A restored file knows nothing of what came after it. */
  #forgetRestored(ledger: Ledger): undefined {
    if (this.#restores === ledger.restores) return;
    this.#restores = ledger.restores;
    this.#first.clear();
  }
}

/** Whose command queued a message. */
function messageOf({ type, actor, payload }: AnyEvent): string | undefined {
  if (type !== 'message:queued') return undefined;
  return commandKey(actor.principalId, (payload as { readonly commandId: string }).commandId);
}
