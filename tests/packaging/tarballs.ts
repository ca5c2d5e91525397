import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '../..');
const folder = join(repositoryRoot, 'reports/packages');

/** The published packages as `pnpm pack` left them: package name -> tarball. */
export function tarballs(...names: string[]): Record<string, string> {
  const files = readdirSync(folder);
  return Object.fromEntries(
    names.map((name) => {
      const file = files.find((found) => found.startsWith(`perdure-${name}-`) && found.endsWith('.tgz'));
      if (!file) throw new Error(`reports/packages holds no tarball of @perdure/${name}.`);
      return [`@perdure/${name}`, join(folder, file)];
    }),
  );
}

export const everyTarball = () => tarballs('protocol', 'server', 'client', 'react');
