import { useConversation, useSession } from '@perdure/react';
import { useEffect } from 'react';
import { BlockList } from './block-list.tsx';
import { ChatHeader } from './chat-header.tsx';
import { Composer } from './composer.tsx';
import { PendingList } from './pending-list.tsx';
import { Starters } from './starters.tsx';
import { useAction } from './use-action.ts';
import { useStickToBottom } from './use-stick-to-bottom.ts';

export interface ChatProps {
  readonly id: string;
  /** Something changed that the list shows. */
  readonly onChange: () => void;
  readonly onGone: () => void;
}

/** One session: what was said, what is about to be, and where to say more. */
export function Chat({ id, onChange, onGone }: ChatProps) {
  const session = useSession(id);
  const conversation = useConversation(id, { select: (view) => view });
  const { blocks, pending, hasOlder } = conversation;
  const scroller = useStickToBottom<HTMLDivElement>(conversation);
  const older = useAction();
  const { status, error, activity, title } = session;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what the list shows of this session has changed with them
  useEffect(onChange, [activity, title]);

  return (
    <main className="pane chat" data-testid="chat" data-status={status}>
      <ChatHeader session={session} onChange={onChange} onGone={onGone} />
      {status !== 'ready' && status !== 'loading' && (
        <p className="notice over" role="alert" data-testid="ending">
          {error?.message ?? status}
        </p>
      )}
      <div className="scroller" ref={scroller} data-testid="conversation">
        {hasOlder && (
          <button
            type="button"
            disabled={older.isRunning}
            onClick={() => older.run(() => session.handle.loadOlder())}
          >
            Show older
          </button>
        )}
        {status === 'ready' && blocks.length + pending.length === 0 && (
          <Starters sessionId={id} agent={session.agent} />
        )}
        <BlockList blocks={blocks} />
        <PendingList session={session} pending={pending} />
      </div>
      <Composer session={session} />
    </main>
  );
}
