import { expect, test } from 'vitest';
import { dropped, fullLog, repeated, tooMany } from './command-outcomes.ts';

test('[J4] a command that was done before has its first answer, and its id does nothing else', () => {
  const record = { hash: 'h', result: { seq: 7, runId: 'r' } };
  expect(repeated(record, 'h', 'mine')).toEqual({
    kind: 'answered',
    answer: { seq: 7, runId: 'r', duplicate: true },
  });
  expect(() => repeated(record, 'other', 'mine')).toThrow(
    expect.objectContaining({ code: 'idempotency-mismatch', message: expect.stringContaining('"mine"') }),
  );
});

test('a limit that was reached is told with its name and its numbers', () => {
  expect(fullLog({ kind: 'full', max: 10, current: 8 })).toMatchObject({
    code: 'limit-exceeded',
    message: expect.stringContaining('8 of at most 10 bytes'),
    details: { limit: 'sessionLogBytes', max: 10, current: 8 },
  });
  expect(tooMany(1_000)).toMatchObject({
    code: 'limit-exceeded',
    message: expect.stringContaining('1000 commands'),
    details: { limit: 'sessionWaitingCommands', max: 1_000, current: 1_000 },
  });
});

test.each([
  ['store', 'storage-read-only'],
  ['deleted', 'session-deleted'],
  ['shutdown', 'shutting-down'],
  ['fenced', 'internal'],
  [undefined, 'internal'],
] as const)('[B11] what was dropped when the end was %s is told as %s', (end, code) => {
  expect(dropped(end)).toMatchObject({ code, message: expect.stringContaining('read it again') });
});
