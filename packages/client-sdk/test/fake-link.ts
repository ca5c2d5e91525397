import type { FollowFrame, FollowInput, PerdureError } from '@perdure/protocol';
import type { FollowLink, FrameSink, LinkEvents } from '../src/connection/follow-link.ts';

/** A link that a test drives. */
export class FakeLink implements FollowLink {
  readonly events: LinkEvents;
  readonly token: string | undefined;
  readonly open = new Map<FollowInput, FrameSink>();
  /** Every input that was followed, in order. */
  readonly asked: FollowInput[] = [];
  isClosed = false;

  constructor(events: LinkEvents, token: string | undefined) {
    this.events = events;
    this.token = token;
  }

  follow(input: FollowInput, sink: FrameSink): () => void {
    this.asked.push(input);
    this.open.set(input, sink);
    return () => void this.open.delete(input);
  }

  close(): void {
    this.isClosed = true;
  }

  /** Sends a frame to all who follow a session, as far as they still do. */
  send(frame: FollowFrame, sessionId = 's1'): void {
    this.events.accepted();
    for (const [input, sink] of [...this.open]) if (input.sessionId === sessionId) sink.frame(frame);
  }

  end(error: PerdureError | undefined, sessionId = 's1'): void {
    for (const [input, sink] of [...this.open]) {
      if (input.sessionId !== sessionId) continue;
      this.open.delete(input);
      sink.ended(error);
    }
  }
}
