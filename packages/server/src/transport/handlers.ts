import { type Durability, SUPPORTED_PROTOCOL_VERSIONS } from '@perdure/protocol';
import type { Contract } from '@perdure/protocol/schemas';
import { tracked } from '@trpc/server';
import type { Limits } from '../access/limits.ts';
import { followerFrames } from '../hub/follower-frames.ts';
import { type FollowParts, followSession } from './follow-session.ts';
import type { Handlers } from './handler-types.ts';

export interface HandlerParts extends FollowParts {
  readonly serverVersion: string;
  readonly durability: Durability;
  readonly limits: Limits;
  /** Leaves that have a handler. */
  readonly features: () => readonly string[];
}

/** What is built of the contract: each leaf asks the host, as the one who called, and nothing else. */
export function createHandlers(parts: HandlerParts): Handlers<Contract> {
  const { limits } = parts;
  return {
    meta: {
      hello: async ({ principal }) => ({
        protocol: [...SUPPORTED_PROTOCOL_VERSIONS],
        server: parts.serverVersion,
        features: [...parts.features()],
        limits: { ...limits },
        durability: parts.durability,
        principal:
          principal === undefined
            ? null
            : {
                id: principal.id,
                kind: principal.kind,
                ...(principal.name === undefined ? {} : { name: principal.name }),
              },
      }),
    },
    sessions: {
      create: async ({ host, input }) => {
        const { item, created } = await host.createSession(input);
        return { ...item, created };
      },
      list: ({ host, input }) => host.getAllSessions(input),
      get: ({ host, input }) => host.session(input.sessionId).get(),
      update: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).update(input),
      delete: async ({ host, input }) => {
        await host.session(input.sessionId).delete();
        return {};
      },
      submit: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).submit(input),
      queue: {
        update: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).updateQueued(input),
        remove: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).removeQueued(input),
        promote: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).promoteQueued(input),
        hold: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).holdQueue(input),
        release: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).releaseQueue(input),
      },
      interrupt: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).interrupt(input),
      runs: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).runs(input),
      run: ({ host, input: { sessionId, ...input }, signal }) => host.session(sessionId).run(input, signal),
      blocks: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).blocks(input),
      events: ({ host, input: { sessionId, ...input } }) => host.session(sessionId).events(input),
      follow: async function* (call) {
        const follow = followSession(call, call.input, parts);
        for await (const frame of followerFrames(follow, call.signal, call.sendGuard)) {
          yield tracked(frame.cursor, frame);
        }
      },
    },
  };
}
