import { type SessionInfo, useSubmit } from '@perdure/react';
import { useState } from 'react';
import { useAction } from './use-action.ts';

/** Where to say something. While the agent works, what is said waits in the queue. */
export function Composer({ session }: { session: SessionInfo }) {
  const { id, handle, run, archived, status } = session;
  const { submit, error, outbox } = useSubmit(id);
  const interruption = useAction();
  const [text, setText] = useState('');
  // A message that failed tells its own reason where it stands.
  const refusal = outbox.some((entry) => entry.status === 'failed') ? undefined : error;
  const failure = refusal?.message ?? interruption.failure;
  const canWrite = archived !== true && (status === 'ready' || status === 'loading');

  // One that only waits can be taken back where it stands.
  const isWorking = run !== undefined && run.status !== 'queued';

  const send = () => {
    const content = text.trim();
    if (content === '' || !canWrite) return;
    setText('');
    // Not awaited: the outbox shows how far it has come, and `error` why it went no further.
    void submit(content);
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {failure !== undefined && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      <textarea
        aria-label="Message"
        data-testid="composer"
        rows={2}
        placeholder={archived === true ? 'An archived session can only be read.' : 'Say something…'}
        disabled={!canWrite}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          // Enter also ends the choice of a character in input methods; that is not sending.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <div className="composer-buttons">
        {isWorking && (
          <button
            type="button"
            className="danger"
            data-testid="interrupt"
            disabled={interruption.isRunning || run.status === 'stopping'}
            onClick={() => interruption.run(() => handle.interrupt({ runId: run.runId }))}
          >
            Interrupt
          </button>
        )}
        <button
          type="submit"
          className="primary"
          data-testid="send"
          disabled={!canWrite || text.trim() === ''}
        >
          {isWorking ? 'Queue' : 'Send'}
        </button>
      </div>
    </form>
  );
}
