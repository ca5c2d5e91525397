import { type FollowFrame, PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { FakeLink } from '../../test/fake-link.ts';
import { eventsFrame, snapshotFrame } from '../../test/frames-of.ts';
import { manualClock, settled } from '../../test/manual-clock.ts';
import { SampleLog } from '../../test/sample-log.ts';
import type { ConnectionState } from '../perdure-client.ts';
import { FollowConnection, type FollowConnectionOptions, type FollowTask } from './follow-connection.ts';
import { errorOfClose } from './link-loss.ts';

const { events } = new SampleLog();
const live = eventsFrame(events, 1, 1);

function scenario(options: Partial<FollowConnectionOptions> = {}, chance = 0) {
  const clock = manualClock(chance);
  const links: FakeLink[] = [];
  const transports: string[] = [];
  const tokens: string[] = [];
  const connection = new FollowConnection({
    preferred: 'websocket',
    clock,
    openLink: async (transport, token, linkEvents) => {
      transports.push(transport);
      const link = new FakeLink(linkEvents, token);
      links.push(link);
      return link;
    },
    renewToken: async () => {
      tokens.push(`token-${tokens.length + 1}`);
      return tokens.at(-1);
    },
    isReachable: async () => false,
    ...options,
  });
  const seen: string[] = [];
  const note = ({ status, transport }: ConnectionState) => {
    const text = transport === 'stream' ? `${status} (stream)` : status;
    if (seen.at(-1) !== text) seen.push(text);
  };
  note(connection.get());
  connection.subscribe(() => note(connection.get()));
  return { clock, links, transports, tokens, connection, seen, link: () => links.at(-1) ?? fail() };
}

function fail(): never {
  throw new Error('There is no link yet.');
}

function task(sessionId = 's1', verdict: 'next' | 'again' = 'next') {
  const log: string[] = [];
  const own: FollowTask & { log: string[]; verdict: 'next' | 'again' } = {
    log,
    verdict,
    input: () => ({ sessionId, lastEventId: `1.${log.filter((line) => line.startsWith('frame')).length}` }),
    onFrame: (frame: FollowFrame) => {
      log.push(`frame ${frame.kind}`);
      return own.verdict;
    },
    onAway: (error) => void log.push(error === undefined ? 'away' : `away ${error.code}`),
    onEnd: (error) => void log.push(`end ${error.code}`),
  };
  return own;
}

describe('the shared connection', () => {
  it('[E16] is connecting, open, reconnecting, open again, and failed, in this order', async () => {
    const { clock, connection, seen, link } = scenario();
    connection.follow(task());
    await settled();
    link().send(live);
    link().events.lost(errorOfClose(1006));
    await clock.advance(500);
    link().send(live);
    link().events.lost(errorOfClose(4009));
    expect(seen).toEqual(['connecting', 'open', 'reconnecting', 'open', 'failed']);
    expect(connection.get().error?.code).toBe('protocol-mismatch');
  });

  it('[E13] asks for the credential on every connect, once more after 4001, and then gives up until asked', async () => {
    const { clock, connection, tokens, links, link } = scenario();
    const first = task();
    connection.follow(first);
    await settled();
    link().end(new PerdureError('unauthenticated', 'expired'));
    link().events.lost(errorOfClose(4001)); // the close that follows changes nothing
    await clock.advance(1_000);
    expect(tokens).toEqual(['token-1', 'token-2']);
    expect(links.map(({ token }) => token)).toEqual(tokens);
    link().end(new PerdureError('unauthenticated', 'expired'));
    await clock.advance(3_600_000);
    expect(tokens.length).toBe(2);
    expect(connection.get().status).toBe('failed');
    expect(first.log.at(-1)).toBe('away unauthenticated');
    const late = task('s2');
    connection.follow(late);
    expect(late.log).toEqual(['away unauthenticated']);
    connection.reconnect();
    await settled();
    expect(link().asked.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2']);
  });

  it('[E13] gives an attempt 10 s, and retries for ever with growing delays', async () => {
    const { clock, connection, links } = scenario({}, 0.999_999);
    connection.follow(task());
    const gaps: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      await settled();
      expect(links.length).toBe(attempt + 1);
      await clock.advance(10_000); // the handshake's limit
      expect(links.at(-1)?.isClosed).toBe(true);
      gaps.push(clock.waiting[0] ?? 0);
      await clock.advance(clock.waiting[0] ?? 0);
    }
    expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(connection.get().attempts).toBe(8);
  });

  it('[E13] tries at once when the page is shown or the network returns', async () => {
    const { clock, connection, links, link } = scenario({}, 0.999_999);
    connection.follow(task());
    await settled();
    link().events.lost(errorOfClose(undefined));
    await clock.advance(100);
    expect(links.length).toBe(1);
    connection.wake(false);
    await settled();
    expect(links.length).toBe(2);
  });

  it('[F7] hears nothing of a link that was replaced', async () => {
    const { clock, connection, links, seen, link } = scenario();
    const own = task();
    connection.follow(own);
    await settled();
    const old = link();
    const [sink] = old.open.values();
    old.send(live);
    old.events.lost(errorOfClose(1006));
    await clock.advance(500);
    link().send(live);
    const before = [...own.log];
    sink?.frame(snapshotFrame(events));
    sink?.ended(new PerdureError('session-deleted', 'late'));
    old.events.lost(errorOfClose(4009));
    old.events.accepted();
    expect(own.log).toEqual(before);
    expect(connection.get().status).toBe('open');
    expect(seen.at(-1)).toBe('open');
    expect(links.length).toBe(2);
  });

  it('[F3] opens each subscription again from the place it has then', async () => {
    const { clock, connection, link } = scenario();
    connection.follow(task());
    await settled();
    expect(link().asked).toEqual([{ sessionId: 's1', lastEventId: '1.0' }]);
    link().send(live);
    link().send(live);
    link().events.lost(errorOfClose(1012));
    await clock.advance(500);
    expect(link().asked).toEqual([{ sessionId: 's1', lastEventId: '1.2' }]);
  });

  it('[N1] an error of one subscription ends that one alone', async () => {
    const { connection, link } = scenario();
    const [mine, other] = [task('s1'), task('s2')];
    connection.follow(mine);
    connection.follow(other);
    await settled();
    link().end(new PerdureError('session-not-found', 'no'), 's1');
    link().send(live, 's2');
    expect(mine.log).toEqual(['away', 'end session-not-found']);
    expect(other.log).toEqual(['frame events']);
    expect(connection.get().status).toBe('open');
  });

  it('comes back to a subscription that failed for a time, as late as the server asks', async () => {
    const { clock, connection, link } = scenario();
    const own = task();
    connection.follow(own);
    await settled();
    link().send(live);
    link().end(new PerdureError('limit-exceeded', 'slow', { details: { retryAfterMs: 4_000 } }));
    await clock.advance(3_900);
    expect(link().asked.length).toBe(1);
    await clock.advance(100);
    expect(link().asked.length).toBe(2);
    link().end(undefined); // the server ended it without a word
    await clock.advance(1_000);
    expect(link().asked.length).toBe(3);
  });

  it('opens anew at once what asks for it, and does not storm when it goes on asking', async () => {
    const { clock, connection, link } = scenario();
    const own = task('s1', 'again');
    connection.follow(own);
    await settled();
    link().send(live);
    expect(link().asked.length).toBe(2);
    for (let round = 0; round < 5; round += 1) link().send(live);
    expect(link().asked.length).toBe(2);
    await clock.advance(500);
    expect(link().asked.length).toBe(3);
  });

  it('does not storm either when a frame that brings nothing comes each time before one that it cannot take', async () => {
    const { clock, connection, link } = scenario();
    const own = { ...task(), input: () => ({ sessionId: 's1', lastEventId: '1.7' as const }) };
    connection.follow({ ...own, onFrame: (frame) => (frame === live ? 'next' : 'again') });
    await settled();
    for (let round = 0; round < 5; round += 1) {
      link().send(live);
      link().send({ ...live });
    }
    expect(link().asked.length).toBe(2);
    await clock.advance(500);
    expect(link().asked.length).toBe(3);
  });

  it('[E19] probes while a WebSocket hangs, and goes on by stream', async () => {
    let probes = 0;
    const { clock, connection, transports, seen, link } = scenario({
      isReachable: async () => {
        probes += 1;
        return true;
      },
    });
    connection.follow(task());
    await clock.advance(3_999);
    expect([transports.length, probes]).toEqual([1, 0]);
    await clock.advance(1);
    expect([transports, probes]).toEqual([['websocket', 'stream'], 1]);
    link().send(live);
    expect(seen).toEqual(['connecting', 'connecting (stream)', 'open (stream)']);
  });

  it('[F2] closes the connection when nothing was followed for a while, and nothing is left behind', async () => {
    const { clock, connection, links, link, seen } = scenario();
    const stop = connection.follow(task());
    await settled();
    link().send(live);
    stop();
    await clock.advance(900);
    connection.follow(task())(); // someone came and left: the time begins anew
    await clock.advance(900);
    expect(link().isClosed).toBe(false);
    await clock.advance(100);
    expect(link().isClosed).toBe(true);
    expect([links.length, clock.waiting]).toEqual([1, []]);
    expect(seen.at(-1)).toBe('open'); // how it stood last
  });

  it('after close() nothing runs on, and whoever follows is told', async () => {
    const { clock, connection, link } = scenario();
    connection.follow(task());
    await settled();
    connection.close();
    expect(link().isClosed).toBe(true);
    const late = task();
    connection.follow(late);
    expect(late.log).toEqual(['away unreachable']);
    await clock.advance(60_000);
    expect(clock.waiting).toEqual([]);
  });

  it('[E13] a wake ends the waits of subscriptions, and leaves those that are open', async () => {
    const { connection, link } = scenario({}, 0.999_999);
    connection.follow(task('s1'));
    connection.follow(task('s2'));
    await settled();
    link().send(live, 's1');
    link().end(undefined, 's1');
    expect(link().asked).toHaveLength(2);
    connection.wake(true);
    expect(link().asked.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2', 's1']);
    connection.wake(false);
    expect(link().asked).toHaveLength(3);
  });

  it('[E13] opens no link for a credential that came too late, and closes a link that did', async () => {
    const token = Promise.withResolvers<string>();
    const early = scenario({ renewToken: () => token.promise });
    early.connection.follow(task());
    early.connection.close();
    token.resolve('late');
    await settled();
    expect(early.links).toEqual([]);

    const opened = Promise.withResolvers<FakeLink>();
    const late = scenario({ openLink: () => opened.promise });
    const own = task();
    late.connection.follow(own);
    await settled();
    late.connection.close();
    const link = new FakeLink({ accepted: () => {}, lost: () => {} }, undefined);
    opened.resolve(link);
    await settled();
    expect([link.isClosed, link.asked]).toEqual([true, []]);
    expect(late.clock.waiting).toEqual([]);
  });

  it('[E13] an attempt that fails tells why, in our words or in those of the platform', async () => {
    const own = new PerdureError('unauthenticated', 'No credential.');
    const other = new TypeError('fetch failed');
    for (const [error, expected] of [
      [own, own],
      [other, { code: 'unreachable', cause: other }],
    ] as const) {
      const { connection } = scenario({ openLink: () => Promise.reject(error) });
      connection.follow(task());
      await settled();
      expect(connection.get()).toMatchObject({ status: 'connecting', attempts: 1, error: expected });
    }
    const refused = scenario({ renewToken: () => Promise.reject(own) });
    refused.connection.follow(task());
    await settled();
    expect([refused.links, refused.connection.get().error]).toEqual([[], own]);
  });

  it('[N1] too many streams are told to who waits for one, other failures that pass are not', async () => {
    const { connection, link } = scenario();
    const own = task();
    connection.follow(own);
    await settled();
    link().end(new PerdureError('too-many-streams', 'no'));
    expect(own.log.at(-1)).toBe('away too-many-streams');
    const other = task('s2');
    connection.follow(other);
    link().end(new PerdureError('limit-exceeded', 'slow'), 's2');
    expect(other.log.at(-1)).toBe('away');
  });

  it('a follow that is left because no frames come now is not opened again', async () => {
    const { connection, link, clock } = scenario();
    const stop = connection.follow({
      ...task(),
      onAway: (error) => {
        if (error !== undefined) stop();
      },
    });
    const other = task('s2');
    connection.follow(other);
    await settled();
    link().send(live);
    link().end(new PerdureError('too-many-streams', 'no'));
    await clock.advance(60_000);
    connection.wake(false);
    expect(link().asked.map(({ sessionId }) => sessionId)).toEqual(['s1', 's2']);
    expect([...link().open.keys()].map(({ sessionId }) => sessionId)).toEqual(['s2']);
  });

  it('a follow that its own frame ends is not opened again', async () => {
    const { connection, link, clock } = scenario();
    const own = task('s1', 'again');
    const stop = connection.follow({
      ...own,
      onFrame: (frame) => {
        stop();
        return own.onFrame(frame);
      },
    });
    await settled();
    link().send(live);
    await clock.advance(10_000);
    expect(link().asked).toHaveLength(1);
    expect([...link().open]).toEqual([]);
  });

  it('gives each listener its own place, also where two are one function, and none after it left', async () => {
    const { connection, link } = scenario();
    let calls = 0;
    const listener = () => {
      calls += 1;
    };
    const stop = connection.subscribe(listener);
    connection.subscribe(listener);
    connection.follow(task());
    await settled();
    calls = 0;
    stop();
    link().send(live);
    expect([connection.get().status, calls]).toEqual(['open', 1]);
  });
});
