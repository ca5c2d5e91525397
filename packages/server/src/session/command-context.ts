import type { Actor } from '@perdure/protocol';
import type { Limits } from '../access/limits.ts';
import type { Decision } from './decision.ts';
import type { SessionReads } from './session-reads.ts';
import type { RunPlace } from './start-next-run.ts';

/** What a command is decided with. */
export interface CommandContext extends RunPlace {
  readonly decision: Decision;
  readonly commandId: string;
  readonly actor: Actor;
  readonly limits: Limits;
  readonly reads: SessionReads;
  readonly newId: () => string;
}
