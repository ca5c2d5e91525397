import type { FollowFrame, FollowInput } from '@perdure/protocol';
import type { Principal } from '../../../packages/server/src/access/principal.ts';
import type { WatchedSubscription } from '../oracle/check-frames.ts';
import type { Fail } from '../oracle/violation.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** What a server tells those who watch it. */
export interface ServerWorld {
  readonly fail: Fail;
  readonly runGraceMs: number;
  /** Something that has to happen now and then has happened. */
  reached(what: string): void;
  note(text: string): void;
  /** A server whose disk failed can write again. */
  relieved(name: string): void;
  subscriptionAsked(
    server: SimulatedServer,
    name: string,
    principal: Principal,
    input: FollowInput,
  ): WatchedSubscription;
  /** A frame leaves the server. */
  frameSent(subscription: WatchedSubscription, frame: FollowFrame, json: string): void;
}
