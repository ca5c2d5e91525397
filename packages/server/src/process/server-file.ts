import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}

/** Tells other programs of this user where the server is; whoever finds it after a crash checks the pid. */
export async function writeServerFile(directory: string, content: ServerFile): Promise<() => Promise<void>> {
  const path = join(directory, 'server.json');
  await writeFile(path, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  await chmod(path, 0o600); // `mode` means nothing for a file that was there already
  return () => rm(path, { force: true });
}
