import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from './source-file.ts';

// Such a name says nothing about what is inside, so everything ends up there.
const emptyNames = /^(utils?|helpers?|common|misc|shared|types|lib)$/;

function emptilyNamed(paths: string[]): string[] {
  return paths.filter((path) => path.split('/').some((part) => emptyNames.test(part.replace(/\..*$/, ''))));
}

describe('names of files and folders', () => {
  it('say what is in them', () => {
    const paths = globSync(['packages/**', 'apps/**', 'examples/**', 'tests/**', 'tools/**'], {
      cwd: repositoryRoot,
      exclude: (name) => /(^|\/)(node_modules|dist|\.turbo)$/.test(name),
    });
    expect(paths.length).toBeGreaterThan(50);
    expect(emptilyNamed(paths.map((path) => path.replaceAll('\\', '/')))).toEqual([]);
  });

  it('finds a name that does not', () => {
    const paths = ['a/utils/b.ts', 'a/types.ts', 'a/helpers.test.ts', 'a/event-types.ts'];
    expect(emptilyNamed(paths)).toEqual(paths.slice(0, 3));
  });
});
