import { MAIN_CONVERSATION } from '../ids.ts';
import type { SessionState } from './session-state-schema.ts';

/** The state before the first event: what `session:created` is folded into. */
export function emptySessionState(id: string): SessionState {
  const never = '1970-01-01T00:00:00.000Z';
  return {
    id,
    title: '',
    tags: [],
    metadata: {},
    options: {},
    agent: '',
    ownerId: '',
    createdAt: never,
    updatedAt: never,
    archived: false,
    activity: 'idle',
    environment: { status: 'inactive' },
    runs: [],
    queue: [],
    held: null,
    requests: [],
    conversations: { [MAIN_CONVERSATION]: { branchHead: null, blocks: [], hasOlder: false } },
  };
}
