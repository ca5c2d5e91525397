import { clientHubContract } from '../testing/client-hub-contract.ts';
import { openEventStreamBody } from './event-stream-body.ts';
import { followerFrames } from './follower-frames.ts';
import { LocalClientHub } from './local-client-hub.ts';

clientHubContract('the local hub, as an iterable', ({ source, clock }) => {
  const hub = new LocalClientHub({ source, clock });
  return {
    hub,
    async *follow(follower, signal) {
      for await (const { json } of followerFrames((sink, left) => hub.follow(follower, sink, left), signal))
        yield json;
    },
    close: () => hub.close(),
  };
});

clientHubContract('the local hub without memory', ({ source, clock }) => {
  const hub = new LocalClientHub({ source, clock, ringBytes: 0 });
  return {
    hub,
    async *follow(follower, signal) {
      for await (const { json } of followerFrames((sink, left) => hub.follow(follower, sink, left), signal))
        yield json;
    },
    close: () => hub.close(),
  };
});

clientHubContract('[E3] the local hub, as an event stream', ({ source, clock }) => {
  const hub = new LocalClientHub({ source, clock });
  return {
    hub,
    async *follow(follower, signal) {
      const failures: unknown[] = [];
      const body = await openEventStreamBody({
        follow: (sink, left) => hub.follow(follower, sink, left),
        signal,
        clock,
        stallMs: Number.POSITIVE_INFINITY,
        errorText: (error) => {
          failures.push(error);
          return '{}';
        },
      });
      let text = '';
      for await (const part of body.pipeThrough(new TextDecoderStream())) {
        text += part;
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const data = /^id: .*\ndata: (.*)$/.exec(event)?.[1];
          if (data !== undefined) yield data;
        }
      }
      if (failures.length > 0) throw failures[0];
    },
    close: () => hub.close(),
  };
});
