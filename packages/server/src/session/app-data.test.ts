import { expect, test } from 'vitest';
import * as z from 'zod';
import { wrongAppData } from './app-data.ts';

const schemas = { 'chart:ready': z.object({ url: z.string() }), slow: z.string().refine(async () => true) };

test('[Q8] an application’s event is checked by its schema, and told in words what is wrong', () => {
  expect(wrongAppData(schemas, 'chart:ready', { url: '/a.png' })).toBeUndefined();
  expect(wrongAppData(schemas, 'chart:ready', { url: 7 })).toMatch(/^chart:ready: data\.url: /);
  expect(wrongAppData(schemas, 'toString', {})).toContain('not an event of this application');
  expect(wrongAppData(undefined, 'anything', 7)).toBeUndefined();
});

test('a schema that answers later is refused: an event is checked while it is emitted', () => {
  expect(wrongAppData(schemas, 'slow', 'x')).toContain('asynchronous');
});

test('[Q8] the place of what is wrong is told as the schema’s maker tells it: in keys, in steps with a key, or not at all', () => {
  const issues = (...issues: { readonly message: string; readonly path?: readonly unknown[] }[]) => ({
    it: { '~standard': { validate: () => ({ issues }) } },
  });
  const wrong = (path?: readonly unknown[]) =>
    wrongAppData(issues({ message: 'is odd', ...(path && { path }) }, { message: 'second' }), 'it', 7);
  expect(wrong()).toBe('it: data: is odd');
  expect(wrong([])).toBe('it: data: is odd');
  expect(wrong(['a', 0, { key: 'b' }, null])).toBe('it: data.a.0.b.: is odd');
  expect(wrongAppData(issues(), 'it', 7)).toBeUndefined();
});
