import type { FrameText } from './client-hub.ts';
import { type FollowInto, FollowerStream } from './follower-stream.ts';
import type { SendGuard } from './send-guard.ts';

/**
 * Frames as an async iterable, for wires that pull. It ends when the signal aborts, throws the error that ends the
 * subscription, and unfollows when it is left. Asking for the next frame says that the last one was sent.
 */
export async function* followerFrames(
  follow: FollowInto,
  signal: AbortSignal,
  guard?: SendGuard,
): AsyncGenerator<FrameText, void, undefined> {
  if (signal.aborted) return;
  const stream = new FollowerStream();
  const left = new AbortController();
  const leave = () => {
    left.abort();
    stream.end();
  };
  signal.addEventListener('abort', leave, { once: true });
  const following = follow(stream, left.signal).then(
    () => stream.end(),
    (error: unknown) => stream.end(error),
  );
  try {
    for (let frame = await stream.take(); frame !== undefined; frame = await stream.take()) {
      if (guard === undefined) yield frame;
      else {
        const bytes = Buffer.byteLength(frame.json);
        if (!(await guard.enter(bytes, left.signal))) return;
        try {
          yield frame;
        } finally {
          guard.leave(bytes);
        }
      }
    }
  } finally {
    signal.removeEventListener('abort', leave);
    left.abort();
    stream.discard();
    await following;
  }
}
