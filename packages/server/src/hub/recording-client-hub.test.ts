import { getEventListeners } from 'node:events';
import { PerdureError } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import { RecordingClientHub } from '../testing/recording-client-hub.ts';
import { RecordingSink } from '../testing/recording-sink.ts';

describe('the hub for tests', () => {
  it('[E6] records what is broadcast by session and by type', async () => {
    const hub = new RecordingClientHub();
    const logs = [new ArrayLog(1), new ArrayLog(2)] as const;
    const both = hub.until(({ broadcasts }) => broadcasts.length === 2);
    hub.broadcast(1, logs[0].append({ type: 'block:delta', events: 3 }, { type: 'log' }));
    hub.broadcast(2, logs[1].append({ type: 'log' }));
    await both;
    expect(hub.events(1).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'block:delta'],
      [2, 'block:delta'],
      [3, 'block:delta'],
      [4, 'log'],
    ]);
    expect(hub.eventsOfType('log').map(({ seq }) => seq)).toEqual([4, 1]);
    expect(hub.eventsOfType('log', 2)).toHaveLength(1);
    expect(hub.broadcasts.map(({ session, head }) => [session, head])).toEqual([
      [1, 4],
      [2, 1],
    ]);
    hub.clear();
    expect(hub.events()).toEqual([]);
  });

  it('[E6] counts the clients that a test says there are', () => {
    const hub = new RecordingClientHub();
    hub.setClientCount(1, 3);
    hub.setClientCount(2, 1);
    expect([hub.getClientCount(1), hub.getClientCount(3), hub.getClientCount()]).toEqual([3, 0, 4]);
  });

  it('[E6] ends who follows, and lets go of who leaves', async () => {
    const hub = new RecordingClientHub();
    const leaver = new AbortController();
    const follower = {
      session: 1,
      sessionId: 's',
      principalId: 'ann',
      types: undefined,
      lastEventId: undefined,
      from: 'now',
    } as const;
    const [left, ended] = [
      hub.follow(follower, new RecordingSink(), leaver.signal),
      hub.follow(follower, new RecordingSink(), new AbortController().signal),
    ];
    leaver.abort();
    await left;
    const error = new PerdureError('session-deleted', 'Gone.');
    hub.end(1, error);
    await expect(ended).rejects.toBe(error);
    expect(getEventListeners(leaver.signal, 'abort')).toEqual([]);
    expect(hub.follows).toHaveLength(2);
  });
});
