import { isOpenRun, PerdureError, type Submitted } from '@perdure/protocol';
import type { CommandAnswer, NamedCommand } from '../session/session-command.ts';
import type { SessionRecord } from '../store/session-store.ts';
import { actorOf } from './actor-of.ts';
import { refuseReach } from './agent-for.ts';
import { findRun } from './find-run.ts';
import type { HandleParts } from './handle-parts.ts';
import { runNotFound, sessionDeleted, shuttingDown } from './host-errors.ts';
import { readOnly } from './storage-guard.ts';

/** A session that left memory between lookup and command is looked up again; more often than this something is wrong. */
const ATTEMPTS = 5;

export interface SessionOrder {
  readonly command: NamedCommand;
  /** Its idempotency key; without one it is made here, and a repetition is a new command. */
  readonly commandId: string | undefined;
  /** The record of the session, if the caller may do this to it. Asked anew with each attempt. */
  readonly authorize: () => Promise<SessionRecord>;
}

/** Has a command done by the session's actor, loading it first. */
export async function commandSession(host: HandleParts, order: SessionOrder): Promise<Submitted> {
  const { parts, principal, sessions } = host;
  const { command, authorize } = order;
  const commandId = order.commandId ?? parts.ids.id();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const record = await authorize();
    const refused = await answerOfHost(host, record, command);
    if (refused !== undefined) return answerOf(commandId, refused);
    const session = await sessions.load(record);
    const outcome = await session.execute({ command, commandId, actor: actorOf(principal) });
    if (outcome.kind === 'answered') return answerOf(commandId, outcome.answer);
    if (outcome.end === 'deleted') throw sessionDeleted(record.id);
    if (outcome.end === 'store') throw readOnly();
    if (outcome.end === 'shutdown') throw shuttingDown();
  }
  throw new PerdureError(
    'internal',
    'The session was taken over again and again; send the command again in a moment.',
  );
}

/** What the state of the host forbids, or answers in the session's place. */
async function answerOfHost(
  host: HandleParts,
  record: SessionRecord,
  command: NamedCommand,
): Promise<CommandAnswer | undefined> {
  const { parts, principal, guard, isDraining } = host;
  if (command.name === 'interrupt' && guard.isReadOnly) {
    return interruptUnwritten(host, record, command.input.runId);
  }
  guard.refuseWhileReadOnly();
  if (command.name === 'interrupt') return undefined;
  if (isDraining()) throw shuttingDown();
  const definition = parts.agents.get(record.agent);
  if (command.name === 'submit' && definition !== undefined) refuseReach(definition, principal, record.agent);
  return undefined;
}

/** While nothing can be written, every run that has begun is aborted: an interrupt of one has had its way. */
async function interruptUnwritten(
  host: HandleParts,
  record: SessionRecord,
  runId: string,
): Promise<CommandAnswer> {
  const run = await findRun(host, record, runId);
  if (run === undefined) throw runNotFound(record.id, runId);
  if (run.status === 'queued') throw readOnly(); // that it will not run would have to be written
  return { seq: run.endSeq ?? record.head, duplicate: !isOpenRun(run) };
}

function answerOf(commandId: string, { seq, runId, position, duplicate }: CommandAnswer): Submitted {
  return {
    commandId,
    seq,
    duplicate: duplicate ?? false,
    ...(runId === undefined ? {} : { runId }),
    ...(position === undefined ? {} : { position }),
  };
}
