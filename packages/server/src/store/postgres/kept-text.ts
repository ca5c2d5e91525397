// PostgreSQL's text has no character zero, and no halves of surrogate pairs; SQLite's and JavaScript's have both.
//
// X1. Every text comes back as it was written: `givenText(keptText(text)) === text`.
// X2. A part is found exactly where it is: `keptText(part)` is in `keptText(text)` if and only if `part` is in `text`, unless the
//     part is cut through a surrogate pair. What stands in an escape is never kept as itself, so no match begins within one.

const ESCAPE = '\x1a';
/** Sixteen control characters that hardly any text has, as the digits of a code unit. */
const DIGITS = '\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14\x15';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const unkept = /[\x00-\x08\x0e-\x15\x1a]/;
// With the flag `u` a surrogate that has its partner is no match.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const everyUnkept = /[\x00-\x08\x0e-\x15\x1a\ud800-\udfff]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const everyEscape = /\x1a([\x01-\x08\x0e-\x15]{4})/g;

/** A text as PostgreSQL can keep it. All but the strangest are kept as they are. */
export function keptText(text: string): string {
  if (!unkept.test(text) && text.isWellFormed()) return text;
  return text.replace(everyUnkept, (unit) => ESCAPE + digitsOf(unit.charCodeAt(0)));
}

/** What `keptText` was given. */
export function givenText(kept: string): string {
  if (!kept.includes(ESCAPE)) return kept;
  return kept.replace(everyEscape, (_, digits: string) => String.fromCharCode(unitOf(digits)));
}

function digitsOf(unit: number): string {
  return [12, 8, 4, 0].map((shift) => DIGITS[(unit >> shift) & 15]).join('');
}

function unitOf(digits: string): number {
  return [...digits].reduce((unit, digit) => unit * 16 + DIGITS.indexOf(digit), 0);
}
