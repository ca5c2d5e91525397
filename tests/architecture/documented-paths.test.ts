import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from './source-file.ts';

const document = join(repositoryRoot, 'ARCHITECTURE.md');

/** Code spans that are meant as a path: `packages/server/src/hub/`, `session/agent-session.ts`, `transport/*`. */
function pathsIn(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, '');
  const spans = [...prose.matchAll(/`([^`\s]+)`/g)].map(([, span]) => span ?? '');
  return spans.filter((span) => /^[\w.*-]+(\/[\w.*-]+)*\/?$/.test(span) && looksLikePath(span));
}

const looksLikePath = (span: string) =>
  /\/|\.(tsx?|md|json|ya?ml|html)$/.test(span) && !/^\.\.?\//.test(span);

/** A path may be given from the root or from any folder down, and may hold a `*`. */
function exists(path: string, files: string[]): boolean {
  const pattern = path.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*');
  const matcher = new RegExp(`(^|/)${pattern}(/|$)`);
  return files.some((file) => matcher.test(file));
}

describe('ARCHITECTURE.md', () => {
  it.runIf(existsSync(document))('names only paths that are there', () => {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    const files = listed.split('\n').filter((file) => file && existsSync(join(repositoryRoot, file)));
    const paths = pathsIn(readFileSync(document, 'utf8'));
    expect(paths.filter((path) => !exists(path, files))).toEqual([]);
  });

  it('tells a path from other code, and a missing one from one that is there', () => {
    expect(pathsIn('`a/b.ts` `turn.text` `@perdure/server` `hub/` `x()` `c.md` `GET /x`')).toEqual([
      'a/b.ts',
      'hub/',
      'c.md',
    ]);
    const files = ['packages/server/src/hub/client-hub.ts'];
    expect(
      ['hub/', 'hub/client-hub.ts', 'hub/*-hub.ts', 'src/hub'].every((path) => exists(path, files)),
    ).toBe(true);
    expect(['hub/other.ts', 'ub/client-hub.ts'].some((path) => exists(path, files))).toBe(false);
  });
});
