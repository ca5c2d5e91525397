import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The source of the packages and of the simulator, where a fault can be planted without harm. */
export interface ScratchCopy extends Disposable {
  readonly directory: string;
  plant(patch: string): void;
  takeBack(patch: string): void;
}

const repository = join(import.meta.dirname, '..', '..');
/** What the simulator is made of. */
const copied = ['package.json', 'packages', 'tests/package.json', 'tests/simulation', 'tests/support'];

export function scratchCopy(): ScratchCopy {
  const directory = mkdtempSync(join(tmpdir(), 'perdure-planted-'));
  for (const path of filesOf(copied)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    if (existsSync(join(repository, path))) cpSync(join(repository, path), target);
  }
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  for (const owner of [
    'tests',
    ...readdirSync(join(repository, 'packages')).map((name) => `packages/${name}`),
  ]) {
    // Links between packages are relative, so that in the copy they lead to the copy.
    const modules = join(owner, 'node_modules');
    if (!existsSync(join(repository, modules))) continue;
    cpSync(join(repository, modules), join(directory, modules), { recursive: true, verbatimSymlinks: true });
  }
  const apply = (...args: string[]) =>
    void execFileSync('git', ['apply', '--whitespace=nowarn', ...args], { cwd: directory, stdio: 'pipe' });
  return {
    directory,
    plant: (patch) => apply(patch),
    takeBack: (patch) => apply('--reverse', patch),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Files that are tracked, or are new and not ignored. */
function filesOf(paths: readonly string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', '--', ...paths], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return listed.split('\0').filter((path) => path !== '');
}
