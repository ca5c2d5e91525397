import { SUPPORTED_PROTOCOL_VERSIONS } from '@perdure/protocol';
import { type Contract, contract } from '@perdure/protocol/schemas';
import { tracked } from '@trpc/server';
import { followerFrames } from '../hub/follower-frames.ts';
import { PreparedFrame } from '../hub/prepared-frame.ts';
import { followSession } from './follow-session.ts';
import { builtLeavesOf, type Handlers, plannedLeavesOf } from './handler-types.ts';

/** What is built of the contract: each leaf asks the host, as the one who called, and nothing else. */
export const handlers: Handlers<Contract> = {
  meta: {
    hello: async ({ principal, server: { serverVersion, limits, durability } }) => ({
      protocol: [...SUPPORTED_PROTOCOL_VERSIONS],
      server: serverVersion,
      features: builtLeavesOf(contract, handlers),
      limits: { ...limits },
      durability,
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
      const follow = followSession(call, call.input);
      for await (const frame of followerFrames(follow, call.signal, call.sendGuard)) {
        yield tracked(frame.cursor, new PreparedFrame(frame));
      }
    },
  },
};

/** Procedures of the contract that this release answers with `not-implemented`. */
export const plannedLeaves: readonly string[] = plannedLeavesOf(contract, handlers);
