import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSource, repositoryRoot, targetOf } from './source-file.ts';

const folders: Record<string, string> = {
  '@perdure/protocol': 'packages/protocol',
  '@perdure/server': 'packages/server',
  '@perdure/client': 'packages/client-sdk',
  '@perdure/react': 'packages/react-hooks',
};

export interface PackageManifest {
  exports: Record<string, string | Record<string, string>>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export function readManifest(folder: string): PackageManifest {
  return JSON.parse(readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8')) as PackageManifest;
}

/** The source file behind a published name such as `@perdure/protocol/schemas`. */
export function entryFile(specifier: string): string | undefined {
  const name = packageName(specifier);
  const folder = folders[name];
  if (!folder) return undefined;
  const target = readManifest(folder).exports[`.${specifier.slice(name.length)}`];
  const source = typeof target === 'object' ? target['@perdure/source'] : undefined;
  return source && join(folder, source);
}

export function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** The packages and `node:` modules that are loaded when an entry file is. Follows this repository's own files. */
export function runTimePackages(entry: string, { dynamic = true } = {}): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const file = readSource(path);
    for (const found of file.imports) {
      if (found.kind === 'type' || (found.kind === 'dynamic' && !dynamic)) continue;
      const own = targetOf(file, found) ?? entryFile(found.specifier);
      if (own) visit(own);
      else packages.add(packageName(found.specifier));
    }
  };
  visit(entry);
  return packages;
}
