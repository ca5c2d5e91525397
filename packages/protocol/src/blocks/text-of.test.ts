import { expect, it } from 'vitest';
import { textOf } from './text-of.ts';

const file = { attachmentId: 'f1', name: 'a.png', mediaType: 'image/png', size: 3 };

it('is the text itself', () => {
  expect(textOf('good day')).toBe('good day');
});

it('is the texts among the parts, one a line', () => {
  const parts = [
    { type: 'text', text: 'look' } as const,
    { type: 'image', ...file } as const,
    { type: 'text', text: 'and tell' } as const,
  ];
  expect(textOf(parts)).toBe('look\nand tell');
});

it('is empty for pictures alone', () => {
  expect(textOf([{ type: 'image', ...file }])).toBe('');
});
