import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoundExpression, regularExpressions } from './support/regular-expressions.ts';

/** What is repeated so often must cost about eight times as much when there is eight times as much of it. */
const SHORT = 1_000;
const LONG = 8 * SHORT;
/** Twice what a linear search costs, and a third of what a quadratic one does. */
const MOST_GROWTH = 24;
/** A search that takes less than this is not worth a look, and not measurable either. */
const LEAST_MS = 3;

const endings = ['', '\u0000', ' x', '@'];

/** Texts whose repetition an expression may lose itself in: parts of what it matches, and the characters in it. */
function pumpsFor(expression: RegExp): Pump[] {
  const samples = samplesOf(expression);
  const parts = samples.flatMap((sample) =>
    [...sample].flatMap((_, at) =>
      [1, 2].map((length) => ({
        before: sample.slice(0, at),
        part: sample.slice(at, at + length),
        after: sample.slice(at + length),
      })),
    ),
  );
  const characters = [
    ...new Set([...expression.source.replaceAll(/\\./g, ''), ' ', 'a', '1', '-', '.', '/', ':', '\u0100']),
  ];
  const single = characters.map((part) => ({ before: '', part, after: '' }));
  return [...parts, ...single].filter(({ part }) => part !== '');
}

interface Pump {
  readonly before: string;
  readonly part: string;
  readonly after: string;
}

/** What is found in the texts that these expressions are made for. */
const usual = [
  'https://a:b@c/',
  'bearer abcdefgh',
  '/a/b',
  'text/event-stream , x',
  '::ffff:1.2',
  'a-bcdefghij.js',
];

function samplesOf(expression: RegExp): string[] {
  if (expression.source.includes('[^')) return usual; // fast-check would list every character that is left
  try {
    const plain = new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, ''));
    const made = fc.sample(fc.stringMatching(plain), { seed: 1, numRuns: 4 });
    return [...usual, ...made.map((sample) => sample.slice(0, 12))];
  } catch {
    return usual; // what looks ahead cannot be made from its pattern
  }
}

function milliseconds(expression: RegExp, text: string): number {
  const startMs = performance.now();
  expression.lastIndex = 0;
  expression.test(text);
  text.replace(expression, '');
  return performance.now() - startMs;
}

/** The fastest of several, because a busy machine makes some of them slow. */
function fastest(expression: RegExp, text: string): number {
  return Math.min(...Array.from({ length: 3 }, () => milliseconds(expression, text)));
}

function slowestGrowth({ expression }: FoundExpression): number {
  let growth = 0;
  for (const { before, part, after } of pumpsFor(expression)) {
    for (const ending of endings) {
      const text = (times: number) => before + part.repeat(times / part.length) + after + ending;
      if (milliseconds(expression, text(LONG)) < LEAST_MS) continue;
      growth = Math.max(growth, fastest(expression, text(LONG)) / fastest(expression, text(SHORT)));
      if (growth >= MOST_GROWTH) return growth;
    }
  }
  return growth;
}

/** Expressions that see no text but that of whoever runs the program. */
const ownText = new Set(['packages/client-sdk/src/connection/client-url.ts /\\/+$/']);

const { written, puttingTogether } = regularExpressions();

describe('regular expressions', () => {
  it('[N8] are written down, where each can be looked at', () => {
    expect(written.length).toBeGreaterThan(40);
    // It searches what a database gives back for the two characters of an escape.
    expect(puttingTogether).toEqual(['packages/server/src/store/postgres/postgres-predicates.ts']);
  });

  it.each(written.filter(({ path, expression }) => !ownText.has(`${path} ${expression}`)))(
    '[N8] $path: $expression costs no more than its text is long',
    (one) => {
      expect(slowestGrowth(one)).toBeLessThan(MOST_GROWTH);
    },
  );

  it('[N8] one that loses itself would be noticed', () => {
    expect(slowestGrowth({ path: '', expression: /^\s*a\s*\s*b/ })).toBeGreaterThan(MOST_GROWTH);
  });
});
