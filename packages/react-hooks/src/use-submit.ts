import type {
  Content,
  OutboxEntry,
  PerdureError,
  SessionView,
  Submitted,
  SubmitOptions,
} from '@perdure/client';
import { useCallback, useState } from 'react';
import { usePerdure } from './perdure-context.ts';
import { toPerdureError } from './to-perdure-error.ts';
import { useSessionStore } from './use-session-store.ts';

export interface SubmitHandle {
  /** Says something. Resolves when the server has it on disk; may be left unawaited, `error` tells of a failure. */
  readonly submit: (content: Content, options?: SubmitOptions) => Promise<Submitted>;
  /** Whether a message of this client waits for the server's word. It says nothing about the agent. */
  readonly isPending: boolean;
  /** Why the last call or an entry of the outbox failed. */
  readonly error: PerdureError | undefined;
  /** Messages of this client that the log does not hold yet, in order. */
  readonly outbox: readonly OutboxEntry[];
  /** Sends a failed message again. */
  readonly resend: (commandId: string) => void;
  /** Gives a failed message up. */
  readonly discard: (commandId: string) => void;
}

const outboxOf = (view: SessionView) => view.outbox;

/** Sends messages to a session, and shows those on their way. */
export function useSubmit(id: string): SubmitHandle {
  const session = usePerdure('useSubmit').client.session(id);
  const outbox = useSessionStore('useSubmit', id, outboxOf);
  const [refusal, setRefusal] = useState<{ of: unknown; error: PerdureError }>();

  const submit = useCallback(
    (content: Content, options?: SubmitOptions) => {
      setRefusal(undefined);
      const submitted = session.submit(content, options);
      // Also marks the promise as handled, so that nobody has to await it.
      submitted.catch((error: unknown) => {
        // Who gave up by a signal of their own needs no telling.
        if (options?.signal?.aborted !== true) setRefusal({ of: session, error: toPerdureError(error) });
      });
      return submitted;
    },
    [session],
  );
  const resend = useCallback(
    (commandId: string) => {
      setRefusal(undefined);
      session.resend(commandId);
    },
    [session],
  );
  const discard = useCallback(
    (commandId: string) => {
      setRefusal(undefined);
      session.discard(commandId);
    },
    [session],
  );

  const failed = outbox.findLast(({ status }) => status === 'failed');
  const refused = refusal?.of === session ? refusal.error : undefined;
  return {
    submit,
    isPending: outbox.some(({ status }) => status === 'pending' || status === 'sending'),
    error: failed?.error ?? refused,
    outbox,
    resend,
    discard,
  };
}
