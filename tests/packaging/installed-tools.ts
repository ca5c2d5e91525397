import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './tarballs.ts';

const modules = join(import.meta.dirname, 'node_modules');

export const node24 = process.execPath;
export const node22 = join(modules, 'node-22/bin/node');

export const typeScriptCompilers = {
  'TypeScript 5.9': join(modules, 'typescript-5/bin/tsc'),
  'TypeScript 7': join(modules, 'typescript-7/bin/tsc'),
};

/** The version of a package that a workspace of this repository is tested with. */
export function versionOf(name: string, workspace: string): string {
  const manifest = join(repositoryRoot, workspace, 'node_modules', name, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return version;
}

export function versionsOf(workspace: string, ...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, versionOf(name, workspace)]));
}
