import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from './source-file.ts';

/** Older releases have faults that this code relies on being mended; the reason stands with each. */
const floors: Record<string, string> = {
  ws: '8.21.1', // before it, one peer could use up the memory with tiny fragments (CVE-2026-62389)
  '@trpc/client': '11.25.2', // before it, a socket that was replaced could lose or repeat what was in flight
  '@trpc/server': '11.25.2',
};

/** Versions of a package that the lockfile installs: the keys of its `packages` section. */
function lockedVersions(name: string, lockfile: string): string[] {
  const key = new RegExp(`^ {2}['"]?${name}@(\\d+\\.\\d+\\.\\d+)[^:(]*['"]?:$`, 'gm');
  return [...new Set([...lockfile.matchAll(key)].map(([, version]) => version ?? ''))];
}

function isAtLeast(version: string, floor: string): boolean {
  const [a, b] = [version, floor].map((text) => text.split('.').map(Number));
  const differing = [0, 1, 2].find((index) => a?.[index] !== b?.[index]);
  return differing === undefined || (a?.[differing] ?? 0) > (b?.[differing] ?? 0);
}

describe('versions that are known to be safe', () => {
  const lockfile = readFileSync(join(repositoryRoot, 'pnpm-lock.yaml'), 'utf8');

  it.each(Object.entries(floors))('%s is at least %s, wherever it comes from', (name, floor) => {
    const versions = lockedVersions(name, lockfile);
    expect(versions).not.toEqual([]);
    expect(versions.filter((version) => !isAtLeast(version, floor))).toEqual([]);
  });

  it('compares number by number', () => {
    expect(isAtLeast('8.21.1', '8.21.1')).toBe(true);
    expect(isAtLeast('8.9.9', '8.21.1')).toBe(false);
    expect(isAtLeast('9.0.0', '8.21.1')).toBe(true);
  });
});
