import { type PendingMessage, type SessionInfo, textOf, useSubmit } from '@perdure/react';
import { useAction } from './use-action.ts';

const words: Record<PendingMessage['status'], string> = {
  pending: 'waits for the connection',
  sending: 'on its way',
  accepted: 'accepted',
  queued: 'in the queue',
  failed: 'failed',
};

interface PendingListProps {
  readonly session: SessionInfo;
  readonly pending: readonly PendingMessage[];
}

/** Messages that the agent has not taken yet, each with how far it has come. */
export function PendingList({ session, pending }: PendingListProps) {
  const { handle, held } = session;
  const { resend, discard } = useSubmit(session.id);
  const { run, isRunning, failure } = useAction();

  return (
    <>
      <ol className="pending" data-testid="pending">
        {pending.map(({ commandId, content, status, messageId, error }) => (
          <li key={commandId} data-testid="pending-message" data-status={status}>
            <p className="bubble">{textOf(content)}</p>
            <div className="fate">
              <small>
                {words[status]}
                {error !== undefined && `: ${error.message}`}
              </small>
              {messageId !== undefined && (
                <button
                  type="button"
                  disabled={isRunning}
                  onClick={() => run(() => handle.queue.remove({ messageId }))}
                >
                  Take back
                </button>
              )}
              {status === 'failed' && (
                <>
                  <button type="button" onClick={() => resend(commandId)}>
                    Send again
                  </button>
                  <button type="button" onClick={() => discard(commandId)}>
                    Give up
                  </button>
                </>
              )}
            </div>
          </li>
        ))}
      </ol>
      {held !== null && pending.length > 0 && (
        <p className="hint" data-testid="held">
          The queue is held ({held}).{' '}
          <button type="button" disabled={isRunning} onClick={() => run(() => handle.queue.release())}>
            Let it go on
          </button>
        </p>
      )}
      {failure !== undefined && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
