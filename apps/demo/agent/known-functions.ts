/** A function that the workbench knows how to write, and what must hold of it. */
export interface KnownFunction {
  readonly name: string;
  /** Of a request for it. */
  readonly matches: RegExp;
  /** `It ...`. */
  readonly does: string;
  readonly parameters: string;
  readonly body: string;
  /** Arguments and what they must give, as they stand in code. */
  readonly examples: readonly (readonly [args: string, result: string])[];
}

/** The first that matches is meant: the more special ones stand first. */
export const knownFunctions: readonly KnownFunction[] = [
  {
    name: 'add',
    matches: /\badds?\b|\bsums?\b|\bplus\b/i,
    does: 'adds two numbers',
    parameters: 'a, b',
    body: 'return a + b;',
    examples: [
      ['1, 2', '3'],
      ['-1, 1', '0'],
    ],
  },
  {
    name: 'subtract',
    matches: /\bsubtracts?\b|\bminus\b|\bdifference\b/i,
    does: 'subtracts one number from another',
    parameters: 'a, b',
    body: 'return a - b;',
    examples: [
      ['3, 2', '1'],
      ['0, 5', '-5'],
    ],
  },
  {
    name: 'multiply',
    matches: /\bmultipl(?:y|ies)\b|\bproduct\b|\btimes\b/i,
    does: 'multiplies two numbers',
    parameters: 'a, b',
    body: 'return a * b;',
    examples: [
      ['3, 4', '12'],
      ['7, 0', '0'],
    ],
  },
  {
    name: 'divide',
    matches: /\bdivides?\b|\bquotient\b/i,
    does: 'divides one number by another, and gives NaN where there is no answer',
    parameters: 'a, b',
    body: 'return b === 0 ? Number.NaN : a / b;',
    examples: [
      ['8, 2', '4'],
      ['1, 0', 'Number.NaN'],
    ],
  },
  {
    name: 'factorial',
    matches: /\bfactorial\b/i,
    does: 'computes the factorial of a number',
    parameters: 'n',
    body: 'return n <= 1 ? 1 : n * factorial(n - 1);',
    examples: [
      ['0', '1'],
      ['5', '120'],
    ],
  },
  {
    name: 'fibonacci',
    matches: /\bfibonacci\b/i,
    does: 'computes a Fibonacci number',
    parameters: 'n',
    body: 'let [a, b] = [0, 1];\n  for (let i = 0; i < n; i++) [a, b] = [b, a + b];\n  return a;',
    examples: [
      ['0', '0'],
      ['10', '55'],
    ],
  },
  {
    name: 'isPrime',
    matches: /\bprimes?\b/i,
    does: 'says whether a number is a prime',
    parameters: 'n',
    body: 'for (let i = 2; i * i <= n; i++) if (n % i === 0) return false;\n  return n > 1;',
    examples: [
      ['1', 'false'],
      ['2', 'true'],
      ['91', 'false'],
    ],
  },
  {
    name: 'isPalindrome',
    matches: /\bpalindromes?\b|\bsame backwards\b/i,
    does: 'says whether a text reads the same backwards',
    parameters: 'text',
    body: "const letters = [...text.toLowerCase().replace(/[^a-z0-9]/g, '')];\n  return letters.join('') === letters.reverse().join('');",
    examples: [
      ["'Never odd or even'", 'true'],
      ["'odd'", 'false'],
    ],
  },
  {
    name: 'reverse',
    matches: /\breverses?\b|\bbackwards?\b/i,
    does: 'reverses a text',
    parameters: 'text',
    body: "return [...text].reverse().join('');",
    examples: [
      ["'abc'", "'cba'"],
      ["''", "''"],
    ],
  },
  {
    name: 'countWords',
    matches: /\bcounts?\b.*\bwords\b|\bwords\b.*\bcounts?\b/i,
    does: 'counts the words of a text',
    parameters: 'text',
    body: 'return text.match(/\\S+/g)?.length ?? 0;',
    examples: [
      ["'to be or not'", '4'],
      ["'  '", '0'],
    ],
  },
];

/** The function that a request describes, if it is one of those known. */
export function knownFunctionFor(purpose: string): KnownFunction | undefined {
  return knownFunctions.find(({ matches }) => matches.test(purpose));
}

/** Its file and the file of its test, under a name of choice. */
export function filesOf(known: KnownFunction, name = known.name) {
  const stem = name.replace(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase();
  const body = known.body.replaceAll(new RegExp(`\\b${known.name}\\b`, 'g'), name);
  const checks = known.examples.map(([args, result]) => `  assert.strictEqual(${name}(${args}), ${result});`);
  return {
    code: {
      path: `${stem}.mjs`,
      text: `export function ${name}(${known.parameters}) {\n  ${body}\n}\n`,
    },
    test: {
      path: `${stem}.test.mjs`,
      text: [
        "import assert from 'node:assert';",
        "import { test } from 'node:test';",
        `import { ${name} } from './${stem}.mjs';`,
        '',
        `test('${name} ${known.does}', () => {`,
        ...checks,
        '});',
        '',
      ].join('\n'),
    },
  };
}
