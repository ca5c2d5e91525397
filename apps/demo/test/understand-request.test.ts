import { describe, expect, it } from 'vitest';
import { understandRequest, type WorkbenchRequest } from '../agent/understand-request.ts';

const cases: readonly [string, WorkbenchRequest][] = [
  ['list the files', { kind: 'list', path: '' }],
  ['List all files.', { kind: 'list', path: '' }],
  ['ls', { kind: 'list', path: '' }],
  ['please show me the workspace', { kind: 'list', path: '' }],
  ['list the files in src', { kind: 'list', path: 'src' }],
  ['list the files in the workspace', { kind: 'list', path: '' }],
  ['What files are there?', { kind: 'list', path: '' }],
  ['read notes.md', { kind: 'read', path: 'notes.md' }],
  ['Read notes.md.', { kind: 'read', path: 'notes.md' }],
  ['show me the file `src/add.mjs`', { kind: 'read', path: 'src/add.mjs' }],
  ['open ../secret.txt', { kind: 'read', path: '../secret.txt' }],
  ['search for milk', { kind: 'search', words: 'milk' }],
  ['find "buy milk" in the files', { kind: 'search', words: 'buy milk' }],
  ['grep function', { kind: 'search', words: 'function' }],
  ['write notes.md with Buy milk', { kind: 'write', path: 'notes.md', text: 'Buy milk' }],
  ['write notes.md: Buy milk.', { kind: 'write', path: 'notes.md', text: 'Buy milk' }],
  ['Create a file called notes.md with "Buy milk."', { kind: 'write', path: 'notes.md', text: 'Buy milk.' }],
  [
    'create src/a.txt containing\n```\none\ntwo\n```',
    { kind: 'write', path: 'src/a.txt', text: 'one\ntwo\n' },
  ],
  ['save Buy milk to notes.md', { kind: 'write', path: 'notes.md', text: 'Buy milk' }],
  ['append and bread to notes.md', { kind: 'append', path: 'notes.md', text: 'and bread' }],
  ['add "bread" to the file notes.md', { kind: 'append', path: 'notes.md', text: 'bread' }],
  [
    'create a function that adds two numbers with a test and run it',
    { kind: 'function', name: undefined, purpose: 'adds two numbers with a test and run it', runs: true },
  ],
  [
    'Write a function called sum which adds numbers',
    { kind: 'function', name: 'sum', purpose: 'adds numbers', runs: false },
  ],
  [
    'write notes.md with a function that adds',
    { kind: 'write', path: 'notes.md', text: 'a function that adds' },
  ],
  ['run the tests', { kind: 'run', path: undefined }],
  ['Run all tests!', { kind: 'run', path: undefined }],
  ['run add.test.mjs', { kind: 'run', path: 'add.test.mjs' }],
  ['summarise the workspace', { kind: 'summarise' }],
  ['Give me a summary', { kind: 'summarise' }],
  ['help', { kind: 'help' }],
  ['Hello!', { kind: 'help' }],
  ['delete notes.md', { kind: 'unknown' }],
  ['what is the weather like', { kind: 'unknown' }],
  ['   ', { kind: 'unknown' }],
];

describe('understandRequest', () => {
  it.each(cases)('reads %j', (words, request) => {
    expect(understandRequest(words)).toEqual(request);
  });

  it('takes no longer for a long text that almost fits', () => {
    const startedAt = performance.now();
    for (const part of [
      'a.',
      'to ',
      'x to a.b ',
      'a function that ',
      'count ',
      ' ',
      '...!',
      '`',
      'in the \n',
    ]) {
      for (const beginning of ['', 'write ', 'append ', 'search ', 'write a function to ', 'put ', 'list ']) {
        understandRequest(`${beginning}${part.repeat(200_000 / part.length)}\n;`);
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000); // of one that tries again: minutes
  });
});
