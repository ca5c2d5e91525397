import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givenText, keptText } from './kept-text.ts';

/** Texts with all that PostgreSQL does not keep, and all that stands for it, among ordinary letters. */
const oddUnit = fc.oneof(
  fc.integer({ min: 0, max: 0x20 }),
  fc.integer({ min: 0xd7f0, max: 0xe010 }),
  fc.constantFrom(0x41, 0x61, 0x31, 0xe4),
);
const text = fc
  .array(oddUnit, { maxLength: 12 })
  .map((units) => units.map((unit) => String.fromCharCode(unit)).join(''));

test('[H2] every text comes back as it was, and is one that PostgreSQL keeps', () => {
  fc.assert(
    fc.property(text, (given) => {
      const kept = keptText(given);
      expect(givenText(kept)).toBe(given);
      expect(kept.includes('\0')).toBe(false);
      expect(kept.isWellFormed()).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  expect(keptText('Über \u{1f600}\t\n')).toBe('Über \u{1f600}\t\n');
});

test('[H2] a part is found in what is kept exactly where it was, and nowhere else', () => {
  const cutsPair = (part: string) => !part.isWellFormed();
  fc.assert(
    fc.property(text, text, fc.nat(12), fc.nat(12), (whole, other, from, length) => {
      for (const part of [other, whole.slice(from, from + length), other.slice(0, 2)]) {
        if (cutsPair(part)) continue;
        expect(keptText(whole).includes(keptText(part))).toBe(whole.includes(part));
      }
    }),
    { numRuns: 2_000 },
  );
});
