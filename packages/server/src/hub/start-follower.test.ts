import { expect, test } from 'vitest';
import { ArrayLog } from '../testing/array-log.ts';
import type { Follower } from './follower.ts';
import { type StartPorts, startFollower } from './start-follower.ts';

function world() {
  const log = new ArrayLog();
  log.append({}, {}, {});
  const [epoch = 0] = log.tip.split('.').map(Number);
  const recent: StartPorts['recent'] = { tip: () => undefined, holds: () => false };
  const start = (wish: Partial<Follower>, ports: Partial<StartPorts> = {}) => {
    const base = { session: 1, sessionId: 's', principalId: 'ann', types: undefined };
    const follower: Follower = { ...base, lastEventId: undefined, from: 'beginning', ...wish };
    return startFollower(follower, { source: log, recent, ...ports });
  };
  return { log, epoch, start };
}

test('[D4] the beginning, a cursor and now are their places, with nothing told of the time before', async () => {
  const { epoch, start } = world();
  expect(await start({ from: 'beginning' })).toEqual({ place: { epoch: 0, seq: 0 }, head: 0 });
  expect(await start({ lastEventId: '0.0' })).toEqual({ place: { epoch: 0, seq: 0 }, head: 0 });
  expect(await start({ lastEventId: `${epoch}.2`, from: 'now' })).toEqual({
    place: { epoch, seq: 2 },
    head: 2,
  });
  expect(await start({ from: 'now' })).toEqual({ place: { epoch, seq: 3 }, head: 3 });
});

test('[D3] a snapshot is a place too, and may be behind the head by the time it is made', async () => {
  const { epoch, start } = world();
  const state = expect.stringContaining('"title":"at 3"');
  const snapshot = { reason: 'start', state };
  expect(await start({ from: 'snapshot' })).toEqual({ place: { epoch, seq: 3 }, head: 3, snapshot });
  const recent = { tip: () => ({ epoch, seq: 7 }), holds: () => false };
  expect(await start({ from: 'snapshot' }, { recent })).toMatchObject({ place: { seq: 3 }, head: 7 });
});

test('[Q3] what was here a moment ago is answered at once, without the log', () => {
  const { epoch, start } = world();
  const held: unknown[] = [];
  const recent: StartPorts['recent'] = {
    tip: () => undefined,
    holds: (session, place) => held.push([session, place]) > 0,
  };
  expect(start({ lastEventId: `${epoch}.2` }, { recent })).toEqual({ place: { epoch, seq: 2 }, head: 2 });
  expect(held).toEqual([[1, { epoch, seq: 2 }]]);
});

test('now is asked of what is recent first', async () => {
  const { epoch, start } = world();
  const recent = { tip: () => ({ epoch, seq: 7 }), holds: () => false };
  expect(await start({ from: 'now' }, { recent })).toEqual({ place: { epoch, seq: 7 }, head: 7 });
});

test('[D5] a cursor that the log does not have is answered with a snapshot that says why', async () => {
  const { log, epoch, start } = world();
  expect(await start({ lastEventId: '7.2' })).toMatchObject({ snapshot: { reason: 'epoch' } });
  expect(await start({ lastEventId: `${epoch}.9` })).toMatchObject({ snapshot: { reason: 'ahead' } });
  log.retain(2);
  expect(await start({ from: 'beginning' })).toMatchObject({
    ...{ place: { epoch, seq: 3 }, snapshot: { reason: 'retention' } },
  });
});

test('[D5] what is no cursor is refused in words, of which it may fill a part', () => {
  const { start } = world();
  expect(() => start({ lastEventId: 'x'.repeat(100) })).toThrow(
    expect.objectContaining({
      code: 'invalid-cursor',
      message: `"${'x'.repeat(40)}" is not a cursor. Send back one that a frame gave you, or 0.0 for the beginning.`,
    }),
  );
});
