import type { Figure } from '@perdure/tests/figure';

const between = /<!-- figures -->\n[\s\S]*<!-- \/figures -->/;
const head = ['| what | how much | what came out | seconds | where |', '| --- | --- | --- | --: | --- |'];

/** The page with the figures in its table; those that it has already and that are not among these stay. */
export function mergeFigures(page: string, figures: readonly Figure[], where: string): string {
  const [place] = between.exec(page) ?? [];
  if (place === undefined) throw new Error('The page has no place for figures.');
  const rows = new Map<string, string>();
  for (const row of place.split('\n').filter((line) => /^\| (?!what |---)/.test(line)))
    rows.set(row.split(' | ')[0]?.slice(2) ?? '', row);
  for (const { what, size, found, seconds } of figures)
    rows.set(what, `| ${[what, size, found, seconds, where].join(' | ')} |`);
  const table = [...head, ...[...rows.values()].sort()].join('\n');
  return page.replace(between, `<!-- figures -->\n${table}\n<!-- /figures -->`);
}
