import { expect, test } from 'vitest';
import { DecidedSession } from '../testing/decided-session.ts';
import { openRun, speaks } from './open-run.ts';

test('[J6] only the run that has begun is open, and it speaks until it is asked to stop', async () => {
  const session = new DecidedSession();
  expect([openRun(session.state), speaks(session.state, undefined)]).toEqual([undefined, false]);
  const { runId = '' } = await session.submit('first');
  const { runId: waits } = await session.submit('second');
  const heard = () => [runId, waits, 'never', undefined].map((id) => speaks(session.state, id));
  expect(openRun(session.state)?.runId).toBe(runId);
  expect(heard()).toEqual([true, false, false, false]);
  await session.command({ name: 'interrupt', input: { runId } });
  expect(openRun(session.state)?.runId).toBe(runId);
  expect(heard()).toEqual([false, false, false, false]);
});
