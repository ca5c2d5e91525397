import { describe, expect, it } from 'vitest';
import { parseSource, type SourceFile, sourceFiles, targetOf } from './source-file.ts';

/** Tests of parts that no package hands out: the core in one process, stores as such, decoders, what a process holds. */
const insiders = ['fuzz', 'leaks', 'simulation', 'storage'].map((folder) => `tests/${folder}/`);
/** What the packages keep for tests alone. */
const forTests = 'packages/server/src/testing/';

/** All other tests stand for someone who has installed the packages: they import what such a one can. */
function reachesInside(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !insiders.some((folder) => path.startsWith(folder)))
    .flatMap((file) => file.imports.map((found) => ({ file, to: targetOf(file, found) })))
    .filter(({ to }) => to?.startsWith('packages/') && !to.startsWith(forTests))
    .map(({ file, to }) => `${file.path} imports ${to}`);
}

describe('tests that stand for a user', () => {
  it('import what a user can', () => {
    const files = sourceFiles('tests', { tests: true });
    expect(files.length).toBeGreaterThan(100);
    expect(reachesInside(files)).toEqual([]);
  });

  it('are told from those of the inside', () => {
    const line = "import { x } from '../../packages/server/src/host/load-state.ts';";
    const files = ['tests/e2e/a.test.ts', 'tests/storage/a.test.ts'].map((path) => parseSource(path, line));
    expect(reachesInside(files)).toEqual([
      'tests/e2e/a.test.ts imports packages/server/src/host/load-state.ts',
    ]);
  });
});
