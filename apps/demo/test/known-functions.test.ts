import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalWorkspace, runNodeTests } from '@perdure/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesOf, knownFunctionFor, knownFunctions } from '../agent/known-functions.ts';

let workspace = new LocalWorkspace('');

beforeAll(async () => {
  workspace = new LocalWorkspace(await mkdtemp(join(tmpdir(), 'workbench-')));
});
afterAll(() => rm(workspace.directory, { recursive: true, force: true }));

it('writes functions that pass their own tests', async () => {
  const tests: string[] = [];
  for (const known of knownFunctions) {
    const { code, test } = filesOf(known);
    await workspace.write(code.path, code.text);
    await workspace.write(test.path, test.text);
    tests.push(test.path);
  }
  const { status, output } = await runNodeTests(workspace, tests, { signal: new AbortController().signal });
  expect(output).toContain(`# pass ${knownFunctions.length}`);
  expect(status).toBe('passed');
});

it('knows each function by its own words', () => {
  for (const known of knownFunctions) expect(knownFunctionFor(known.does)).toBe(known);
  expect(knownFunctionFor('bakes bread')).toBeUndefined();
});

it('gives a function another name, inside too', () => {
  const factorial = knownFunctionFor('the factorial');
  const files = factorial && filesOf(factorial, 'bangOf');
  expect(files?.code).toEqual({
    path: 'bang-of.mjs',
    text: 'export function bangOf(n) {\n  return n <= 1 ? 1 : n * bangOf(n - 1);\n}\n',
  });
  expect(files?.test.text).toContain("import { bangOf } from './bang-of.mjs';");
});
