import { describe, expect, it } from 'vitest';
import { mergeFigures } from './figure-table.ts';

const empty = 'Text.\n\n<!-- figures -->\n<!-- /figures -->\n';
const figure = { what: 'Kills', size: '500', found: '0 lost', seconds: 12 };

describe('mergeFigures', () => {
  it('puts figures into the table', () => {
    expect(mergeFigures(empty, [figure], 'here')).toContain('| Kills | 500 | 0 lost | 12 | here |');
  });

  it('replaces the line of the same thing and keeps the others', () => {
    const before = mergeFigures(empty, [figure, { ...figure, what: 'Cuts' }], 'here');
    const after = mergeFigures(before, [{ ...figure, found: '1 lost' }], 'there');
    expect(after).toContain('| Kills | 500 | 1 lost | 12 | there |');
    expect(after).toContain('| Cuts | 500 | 0 lost | 12 | here |');
    expect(after.match(/\| Kills /g)).toHaveLength(1);
  });

  it('leaves the other tables of the page as they are', () => {
    const other = '\n| room | mutants |\n| --- | --: |\n| hub | 990 |\n';
    const after = mergeFigures(empty + other, [figure], 'here');
    expect(after.endsWith(other)).toBe(true);
    expect(after.match(/\| hub /g)).toHaveLength(1);
  });

  it('refuses a page without a place for them', () => {
    expect(() => mergeFigures('Text.', [figure], 'here')).toThrow('no place');
  });
});
