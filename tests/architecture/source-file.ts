import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'vite';

export const repositoryRoot = join(import.meta.dirname, '../..');

export interface ModuleImport {
  specifier: string;
  /** `type` imports are gone at run time; a `dynamic` one is loaded only when its line runs. */
  kind: 'static' | 'dynamic' | 'type';
}

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  path: string;
  text: string;
  imports: ModuleImport[];
}

export function parseSource(path: string, text: string): SourceFile {
  const { module } = parseSync(path, text);
  const imports: ModuleImport[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const erased = entries.length > 0 && entries.every(({ isType }) => isType);
    imports.push({ specifier: moduleRequest.value, kind: erased ? 'type' : 'static' });
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest) imports.push({ specifier: moduleRequest.value, kind: isType ? 'type' : 'static' });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^['"](.+)['"]$/.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[1];
    if (literal) imports.push({ specifier: literal, kind: 'dynamic' });
  }
  return { path, text, imports };
}

export function readSource(path: string): SourceFile {
  return parseSource(path, readFileSync(join(repositoryRoot, path), 'utf8'));
}

/** The TypeScript files of a folder; its tests only when asked for. */
export function sourceFiles(folder: string, { tests = false } = {}): SourceFile[] {
  return globSync(`${folder}/**/*.{ts,tsx}`, {
    cwd: repositoryRoot,
    exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name),
  })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => tests || !/\.(test|test-d)\.tsx?$/.test(path))
    .sort()
    .map(readSource);
}

/** Where a relative import leads, relative to the repository; undefined for a package. */
export function targetOf(file: SourceFile, { specifier }: ModuleImport): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const absolute = join(repositoryRoot, dirname(file.path), specifier);
  return relative(repositoryRoot, absolute).replaceAll('\\', '/');
}
