import type { SessionInfo } from '@perdure/react';
import { useState } from 'react';
import { Badge, type Tone } from './badge.tsx';
import { ConnectionBadge } from './connection-badge.tsx';
import { TitleForm } from './title-form.tsx';
import { activityTones, environmentTones } from './tones.ts';
import { useAction } from './use-action.ts';

interface ChatHeaderProps {
  readonly session: SessionInfo;
  readonly onChange: () => void;
  readonly onGone: () => void;
}

function stateTone({ isLive, status }: SessionInfo): Tone {
  if (isLive) return 'good';
  return status === 'ready' || status === 'loading' ? 'busy' : 'bad';
}

/** The session's name and state, and what can be done with the session as a whole. */
export function ChatHeader({ session, onChange, onGone }: ChatHeaderProps) {
  const { handle, title, agent, activity, environment, archived, isLive, run, status } = session;
  const { run: act, isRunning, failure } = useAction();
  const [isRenaming, setRenaming] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const isReady = status === 'ready';

  const update = (change: { title?: string; archived?: boolean }) =>
    act(async () => {
      await handle.update(change);
      onChange();
    });
  const remove = () =>
    act(async () => {
      await handle.delete();
      onChange();
      onGone();
    });

  return (
    <header className="chat-header">
      <div className="title-row">
        {isRenaming ? (
          <TitleForm
            title={title ?? ''}
            onCancel={() => setRenaming(false)}
            onSave={(next) => {
              setRenaming(false);
              update({ title: next });
            }}
          />
        ) : (
          <h1 data-testid="session-title">{title === undefined || title === '' ? 'Untitled' : title}</h1>
        )}
        <div className="actions">
          <button type="button" disabled={!isReady || isRenaming} onClick={() => setRenaming(true)}>
            Rename
          </button>
          <button
            type="button"
            disabled={!isReady || isRunning}
            onClick={() => update({ archived: archived !== true })}
          >
            {archived === true ? 'Restore' : 'Archive'}
          </button>
          {isDeleting ? (
            <>
              <button type="button" className="danger" disabled={isRunning} onClick={remove}>
                Delete for good
              </button>
              <button type="button" onClick={() => setDeleting(false)}>
                Keep
              </button>
            </>
          ) : (
            <button type="button" disabled={!isReady} onClick={() => setDeleting(true)}>
              Delete
            </button>
          )}
        </div>
      </div>
      <div className="badges">
        <ConnectionBadge />
        <Badge label="State" tone={stateTone(session)} testId="live">
          {isLive ? 'live' : status === 'ready' ? 'replaying' : status}
        </Badge>
        {activity !== undefined && (
          <Badge label="Run" tone={activityTones[activity]} testId="activity" title={run?.runId}>
            {run?.status === 'stopping' ? 'stopping' : activity}
          </Badge>
        )}
        {environment !== undefined && (
          <Badge
            label="Environment"
            tone={environmentTones[environment.status]}
            testId="environment"
            title={environment.message}
          >
            environment {environment.status}
          </Badge>
        )}
        {agent !== undefined && <span className="agent">{agent}</span>}
        {archived === true && (
          <Badge label="Shelf" tone="quiet" testId="archived">
            archived
          </Badge>
        )}
      </div>
      {failure !== undefined && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
    </header>
  );
}
