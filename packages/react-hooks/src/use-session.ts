import {
  type Activity,
  type ClientSession,
  type EnvironmentStatus,
  isOpenRun,
  type OpenRequest,
  type PerdureError,
  type QueuedMessage,
  type RunState,
  type SessionMetadata,
  type SessionState,
  type SessionView,
} from '@perdure/client';
import { useMemo } from 'react';
import { usePerdure } from './perdure-context.ts';
import { useSessionStore } from './use-session-store.ts';

/** A session without its conversations. What comes from the log is `undefined` until the status is `ready`. */
export interface SessionInfo {
  readonly id: string;
  readonly status: SessionView['status'];
  /** What ended it, or what keeps it from being followed now. */
  readonly error: PerdureError | undefined;
  /** Whether what is shown is all there is so far; false while catching up and while the connection is away. */
  readonly isLive: boolean;
  /** How the last return to the session was served: with what had been missed, or with a new state. */
  readonly resumed: SessionView['resumed'];
  /** What the session does, in one word. */
  readonly activity: Activity | undefined;
  readonly environment: EnvironmentStatus | undefined;
  readonly title: string | undefined;
  /** The active agent. */
  readonly agent: string | undefined;
  readonly tags: readonly string[] | undefined;
  readonly metadata: SessionMetadata | undefined;
  readonly options: SessionState['options'] | undefined;
  readonly archived: boolean | undefined;
  readonly createdAt: string | undefined;
  /** The run that is under way or next; `undefined` when none is open. */
  readonly run: RunState | undefined;
  /** The last run that ended, then the open ones. */
  readonly runs: readonly RunState[];
  /** Accepted messages that the agent has not taken yet, of everyone. */
  readonly queue: readonly QueuedMessage[];
  /** Why the queue does not go on by itself; `null` if it does. */
  readonly held: SessionState['held'];
  /** Questions to people that are open. */
  readonly requests: readonly OpenRequest[];
  /** The last failure of a run. */
  readonly lastError: SessionState['lastError'];
  /** For commands: `handle.interrupt({ runId })`, `handle.update({ title })`. */
  readonly handle: ClientSession;
}

/** Follows a session: its status and all about it but what is said, so words that stream in cause no render. */
export function useSession(id: string): SessionInfo {
  const handle = usePerdure('useSession').client.session(id);
  const select = useMemo(() => (view: SessionView) => sessionInfo(handle, view), [handle]);
  return useSessionStore('useSession', id, select);
}

const NONE: readonly never[] = [];

function sessionInfo(handle: ClientSession, view: SessionView): SessionInfo {
  const { status, error, phase, resumed, state } = view;
  const runs = state?.runs ?? NONE;
  return {
    id: handle.id,
    status,
    error,
    isLive: status === 'ready' && phase === 'live',
    resumed,
    activity: state?.activity,
    environment: state?.environment,
    title: state?.title,
    agent: state?.agent,
    tags: state?.tags,
    metadata: state?.metadata as SessionMetadata | undefined,
    options: state?.options,
    archived: state?.archived,
    createdAt: state?.createdAt,
    run: runs.find(isOpenRun),
    runs,
    queue: state?.queue ?? NONE,
    held: state?.held ?? null,
    requests: state?.requests ?? NONE,
    lastError: state?.lastError,
    handle,
  };
}
