import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURSOR_PATTERN, formatCursor, ORIGIN, parseCursor } from './cursor.ts';

const wholeNumber = fc.nat({ max: Number.MAX_SAFE_INTEGER });

describe('a cursor', () => {
  it('is read as it was written', () => {
    const roundTrip = fc.property(wholeNumber, wholeNumber, (epoch, seq) => {
      const cursor = formatCursor({ epoch, seq });
      expect(parseCursor(cursor)).toEqual({ epoch, seq });
      expect(cursor).toMatch(CURSOR_PATTERN);
    });
    fc.assert(roundTrip);
  });

  it('before every log is read too', () => {
    expect(parseCursor(ORIGIN)).toEqual({ epoch: 0, seq: 0 });
  });

  it.each([
    '',
    '7',
    '7.',
    '.7',
    '1.2.3',
    '-1.2',
    '1.-2',
    '01.2',
    '1.02',
    '1e3.4',
    ' 1.2',
    '1.2\n',
    'a.b',
    '1,2',
  ])('is not %j', (text) => expect(parseCursor(text)).toBeUndefined());

  it('holds no number that JavaScript would round', () => {
    expect(parseCursor('9007199254740991.1')).toEqual({ epoch: Number.MAX_SAFE_INTEGER, seq: 1 });
    expect(parseCursor('9007199254740993.1')).toBeUndefined();
    expect(parseCursor('1.9007199254740993')).toBeUndefined();
  });
});
