import {
  type Block,
  type Content,
  MAIN_CONVERSATION,
  type OutboxEntry,
  type PerdureError,
  type SessionView,
} from '@perdure/client';

/** A message that is not a block yet: of this client and on its way, or accepted and waiting for the agent. */
export interface PendingMessage {
  /** Stays the same from the first key press to the block: fit for a React key. */
  readonly commandId: string;
  readonly content: Content;
  /** `queued`: in the log, and the agent has not taken it. The others are those of the outbox. */
  readonly status: 'queued' | OutboxEntry['status'];
  /** Names the message in the queue, once it is there. */
  readonly messageId: string | undefined;
  readonly error: PerdureError | undefined;
}

/** One thread of a session. */
export interface ConversationView {
  /** What was said, in order. */
  readonly blocks: readonly Block[];
  /** What will be said next, in order. Only `main` has any. */
  readonly pending: readonly PendingMessage[];
  /** Whether older blocks can be fetched with `session.loadOlder()`. */
  readonly hasOlder: boolean;
  readonly isLive: boolean;
}

const NO_BLOCKS: readonly Block[] = [];
const NONE_PENDING: readonly PendingMessage[] = [];

/** Makes views of one conversation; its `pending` is the same list until queue or outbox changed. */
export function conversationViewer(conversationId: string): (view: SessionView) => ConversationView {
  let queue: unknown;
  let outbox: unknown;
  let pending = NONE_PENDING;
  return (view) => {
    const { state, phase, status } = view;
    if (conversationId === MAIN_CONVERSATION && (queue !== state?.queue || outbox !== view.outbox)) {
      queue = state?.queue;
      outbox = view.outbox;
      pending = pendingOf(view);
    }
    const conversation = state?.conversations[conversationId];
    return {
      blocks: conversation?.blocks ?? NO_BLOCKS,
      pending,
      hasOlder: conversation?.hasOlder ?? false,
      isLive: status === 'ready' && phase === 'live',
    };
  };
}

function pendingOf({ state, outbox }: SessionView): readonly PendingMessage[] {
  const queued = (state?.queue ?? []).map(
    ({ commandId, content, messageId }): PendingMessage => ({
      commandId,
      content,
      status: 'queued',
      messageId,
      error: undefined,
    }),
  );
  const known = new Set(queued.map(({ commandId }) => commandId));
  const own = outbox
    .filter(({ commandId }) => !known.has(commandId))
    .map(({ commandId, content, status, error }) => ({
      commandId,
      content,
      status,
      messageId: undefined,
      error,
    }));
  return queued.length + own.length === 0 ? NONE_PENDING : [...queued, ...own];
}
