import { expect, it } from 'vitest';
import { COMMAND_ID_PATTERN, isId, MAIN_CONVERSATION } from './ids.ts';

it('an id is a letter or digit, then up to 63 letters, digits, _ or -', () => {
  for (const id of ['a', '7', 'A-b_c', 'x'.repeat(64), MAIN_CONVERSATION]) expect(isId(id)).toBe(true);
  for (const id of ['', '_a', '-a', 'a.b', 'a/b', '..', 'a b', 'ä', 'x'.repeat(65), 7, null, undefined]) {
    expect(isId(id)).toBe(false);
  }
});

it('a command id is printable ASCII without blanks', () => {
  expect('01J:retry/7~!').toMatch(COMMAND_ID_PATTERN);
  for (const text of ['', 'a b', 'a\n', 'ä', 'x'.repeat(129)]) expect(text).not.toMatch(COMMAND_ID_PATTERN);
});
