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
