// Packs the published packages into reports/packages, exactly as a release would.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot, runCommand } from './run-command.ts';

export const publishedFolders = ['protocol', 'server', 'client-sdk', 'react-hooks'] as const;
export const tarballFolder = join(repositoryRoot, 'reports/packages');

export async function packPackages(): Promise<number> {
  await rm(tarballFolder, { recursive: true, force: true });
  await mkdir(tarballFolder, { recursive: true });
  for (const folder of publishedFolders) {
    const cwd = join(repositoryRoot, 'packages', folder);
    const code = await runCommand('pnpm', ['pack', '--pack-destination', tarballFolder], {
      quiet: true,
      cwd,
    });
    if (code !== 0) return code;
  }
  return 0;
}

/** Holds a check against each tarball; all are tried, so one run names every fault. */
export async function checkTarballs(check: (tarball: string) => Promise<number>): Promise<number> {
  let worst = 0;
  const tarballs = (await readdir(tarballFolder)).filter((name) => name.endsWith('.tgz'));
  for (const name of tarballs.sort()) worst = Math.max(worst, await check(join(tarballFolder, name)));
  return tarballs.length === publishedFolders.length ? worst : 1;
}
