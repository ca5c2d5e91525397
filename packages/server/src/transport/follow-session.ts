import type { FollowInput } from '@perdure/protocol';
import type { FollowInto } from '../hub/follower-stream.ts';
import type { Asker } from './caller.ts';
import { limitExceeded } from './error-answers.ts';
import { unauthenticated } from './unauthenticated.ts';

/**
 * How one who may follows a session into a sink, on whatever wire: within the limits, and until the credential ends, which
 * is an error where the client's own leaving is none.
 */
export function followSession({ host, principal, server }: Asker, input: FollowInput): FollowInto {
  const { limiter, credentials } = server;
  const { sessionId, ...options } = input;
  return async (sink, signal) => {
    const release = principal && (await limiter.hold('sessionFollowersPerPrincipal', principal, sessionId));
    if (typeof release === 'object') throw limitExceeded(release, 'too-many-streams');
    const ended = new AbortController();
    const stopWatch = principal && credentials.watch(principal, (end) => ended.abort(unauthenticated(end)));
    try {
      await host.session(sessionId).follow(options, sink, AbortSignal.any([signal, ended.signal]));
      if (ended.signal.aborted) throw ended.signal.reason;
    } finally {
      stopWatch?.();
      release?.();
    }
  };
}
