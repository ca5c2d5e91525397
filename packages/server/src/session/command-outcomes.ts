import { PerdureError } from '@perdure/protocol';
import type { CommandOutcome, SessionEnd } from './agent-session-parts.ts';
import type { CommitOutcome } from './persistence-listener.ts';
import type { CommandAnswer } from './session-command.ts';

/** Commands that wait for the loop of a session at most; one more is refused rather than kept. */
export const MAX_WAITING = 1_000;

/** The first answer of a command that was done before; the same id for something else is refused. */
export function repeated(
  record: { readonly hash: string; readonly result: object },
  hash: string,
  commandId: string,
): CommandOutcome {
  if (record.hash === hash)
    return { kind: 'answered', answer: { ...(record.result as CommandAnswer), duplicate: true } };
  throw new PerdureError(
    'idempotency-mismatch',
    `Command id "${commandId}" was used for something else; give each command an id of its own.`,
  );
}

export function fullLog({ max, current }: Extract<CommitOutcome, { kind: 'full' }>): PerdureError {
  return new PerdureError(
    'limit-exceeded',
    `The session's log has ${current} of at most ${max} bytes; go on in a new session.`,
    {
      details: { limit: 'sessionLogBytes', max, current },
    },
  );
}

export function tooMany(current: number): PerdureError {
  return new PerdureError(
    'limit-exceeded',
    `${current} commands wait for this session already; try again in a moment.`,
    {
      details: { limit: 'sessionWaitingCommands', max: MAX_WAITING, current },
    },
  );
}

/** What was said last is in no log, and will be in none. */
export function dropped(end: SessionEnd | undefined): PerdureError {
  const message =
    'The session ended before all that was said in it was written; read it again to see what was.';
  switch (end) {
    case 'store':
      return new PerdureError('storage-read-only', message);
    case 'deleted':
      return new PerdureError('session-deleted', message);
    case 'shutdown':
      return new PerdureError('shutting-down', message);
    default:
      return new PerdureError('internal', message);
  }
}
