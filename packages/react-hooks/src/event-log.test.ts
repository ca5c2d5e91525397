import { expect, it } from 'vitest';
import { event, FakeSession } from '../test/fake-session.ts';
import { createEventLog } from './event-log.ts';

it('tells each event once, also to someone who left and has returned', async () => {
  const session = new FakeSession('a');
  session.logs(event(1), event(2));
  const told: number[] = [];
  let toldEnough = () => {};
  const has = (count: number) =>
    new Promise<void>((resolve) => {
      toldEnough = () => told.length >= count && resolve();
      toldEnough();
    });
  const log = createEventLog(
    session,
    { limit: 10 },
    {
      onEvent({ seq }) {
        told.push(seq);
        toldEnough();
      },
      onError() {},
    },
  );
  const leave = log.subscribe(() => {});
  await has(2);
  leave();
  session.logs(event(3));
  log.subscribe(() => {});
  await has(3);
  expect(told).toEqual([1, 2, 3]);
  expect(log.getSnapshot().map(({ seq }) => seq)).toEqual([3, 2, 1]);
  expect(log.getSnapshot()).toBe(log.getSnapshot());
});
