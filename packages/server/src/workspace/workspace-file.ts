import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { HeldDirectory } from './open-in-workspace.ts';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

/** The first bytes of a file. */
export async function readHead(handle: FileHandle, maxBytes: number): Promise<Buffer> {
  const head = Buffer.alloc(maxBytes);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(head, length, maxBytes - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === maxBytes) return head.subarray(0, length);
  }
}

/** The lines of a file, up to a size; none of one that is not text, or is gone. */
export async function readLines(directory: HeldDirectory, name: string, maxBytes: number): Promise<string[]> {
  const handle = await directory.file(name).catch(() => undefined);
  if (handle === undefined) return [];
  try {
    const { size } = await handle.stat();
    const content = await readHead(handle, Math.min(maxBytes, size));
    return content.includes(0) ? [] : content.toString().split('\n');
  } finally {
    await handle.close();
  }
}

/** Under another name first: whoever reads sees the old file or the new one, and a link is replaced, not followed. */
export async function replaceFile(
  directory: HeldDirectory,
  name: string,
  content: Buffer,
  mode = 0o600,
): Promise<void> {
  const draft = `.${randomUUID()}.tmp`;
  const handle = await directory.file(draft, O_WRONLY | O_CREAT | O_EXCL, mode & 0o777);
  try {
    await handle.writeFile(content);
    await handle.close();
    await directory.rename(draft, name);
  } catch (error) {
    await handle.close();
    await directory.remove(draft);
    throw error;
  }
}
