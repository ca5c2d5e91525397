import { expect, it } from 'vitest';
import { readableJson } from '../web/readable-json.ts';

it.each([
  ['as it is', 'as it is'],
  [{ path: 'a.txt', text: 'one\ntwo', n: 3, list: ['x'] }, 'path: a.txt\ntext:\none\ntwo\nn: 3\nlist: ["x"]'],
  [[1, 2], '[\n  1,\n  2\n]'],
  [null, 'null'],
])('writes %j for people', (value, text) => expect(readableJson(value)).toBe(text));
