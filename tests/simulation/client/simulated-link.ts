import { PerdureError } from '@perdure/protocol';
import type {
  FollowLink,
  FrameSink,
  LinkEvents,
} from '../../../packages/client-sdk/src/connection/follow-link.ts';
import { endsLink, errorOfClose } from '../../../packages/client-sdk/src/connection/link-loss.ts';
import { readFrame } from '../../../packages/client-sdk/src/connection/read-frame.ts';
import { readErrorBody } from '../../../packages/client-sdk/src/rest/read-error.ts';
import type { Wire } from '../wire/wire.ts';
import type { DownMessage, UpMessage } from '../wire/wire-messages.ts';

/** The client's end of a wire as a link, as the real one makes it of a WebSocket. */
export function openSimulatedLink(wire: Wire, events: LinkEvents): FollowLink {
  const sinks = new Map<number, FrameSink>();
  let lastId = 0;
  let isOver = false;

  function close(): void {
    if (isOver) return;
    isOver = true;
    wire.closeByClient();
  }

  const say = (message: UpMessage) => wire.up(JSON.stringify(message));

  function ended(id: number, error: PerdureError | undefined): void {
    const sink = sinks.get(id);
    sinks.delete(id);
    if (sink === undefined) return;
    if (error !== undefined && !endsLink(error)) events.accepted();
    sink.ended(error);
  }

  function heard(text: string): void {
    // A frame that was cut short is told like one that is none.
    const message = read(text);
    if (message === undefined) {
      for (const id of [...sinks.keys()]) {
        say({ id, stop: true });
        ended(id, new PerdureError('internal', 'The server sent no frame.'));
      }
      return;
    }
    const { id } = message;
    if ('started' in message) events.accepted();
    else if ('ended' in message) ended(id, undefined);
    else if ('error' in message) ended(id, readErrorBody(message.error));
    else sinks.get(id)?.frame(readFrame(message.frame));
  }

  wire.clientEnd = {
    heard,
    closed(code) {
      if (isOver && !wire.deliversLate) return;
      isOver = true;
      events.lost(errorOfClose(code));
    },
  };

  return {
    follow(input, sink) {
      lastId += 1;
      const id = lastId;
      sinks.set(id, sink);
      say({ id, follow: input });
      return () => {
        if (!wire.deliversLate) sinks.delete(id);
        if (!isOver) say({ id, stop: true });
      };
    },
    close,
  };
}

function read(text: string): DownMessage | undefined {
  try {
    return JSON.parse(text) as DownMessage;
  } catch {
    return undefined;
  }
}
