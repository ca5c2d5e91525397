import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A directory for one test, on a disk: systems keep `/tmp` in memory, where a sync means nothing. */
export function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(import.meta.dirname, '../../node_modules/.perdure-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
