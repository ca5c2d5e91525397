import { describe, expect, it } from 'vitest';
import { shallowEqual } from './shallow-equal.ts';

describe('shallowEqual', () => {
  const part = { deep: 1 };

  it.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    [
      [part, 2],
      [part, 2],
    ],
    [
      { a: part, b: undefined },
      { a: part, b: undefined },
    ],
  ])('%j is %j', (a, b) => expect(shallowEqual(a, b)).toBe(true));

  it.each([
    [0, -0],
    [[part], [{ deep: 1 }]],
    [{ a: undefined }, { b: undefined }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ 0: 'a' }, ['a']],
    [null, {}],
    [new Map([[1, 2]]), new Map([[3, 4]])],
    [new Error('one'), new Error('two')],
  ])('%j is not %j', (a, b) => expect(shallowEqual(a, b)).toBe(false));
});
