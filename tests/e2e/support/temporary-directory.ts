import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory with a space in its name that is gone when it goes out of scope. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'perdure test '));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
