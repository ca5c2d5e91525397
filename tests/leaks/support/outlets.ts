import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Canaries, CanaryName } from './canaries.ts';
import { formIn } from './canary.ts';

/** A canary where it was found. */
export interface Find {
  readonly canary: CanaryName;
  readonly outlet: string;
  readonly form: string;
  readonly within: string;
}

/** Everything that left a server, by the way it took. */
export class Outlets {
  readonly #contents = new Map<string, (string | Buffer)[]>();

  hear(outlet: string, content: string | Buffer): void {
    const contents = this.#contents.get(outlet) ?? [];
    contents.push(content);
    this.#contents.set(outlet, contents);
  }

  /** Every file below a directory, with its name. */
  hearFiles(directory: string): void {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      const outlet = entry.name.startsWith('perdure.db') ? 'database' : 'other files';
      this.hear(outlet, entry.name);
      if (entry.isFile()) this.hear(outlet, readFileSync(join(entry.parentPath, entry.name)));
    }
  }

  textOf(outlet: string): string {
    return (this.#contents.get(outlet) ?? []).map((content) => content.toString()).join('\n');
  }

  /** Where canaries are, the first place of each in each outlet. */
  find(canaries: Canaries): readonly Find[] {
    const finds: Find[] = [];
    for (const [name, canary] of Object.entries(canaries) as [CanaryName, Canaries[CanaryName]][]) {
      for (const [outlet, contents] of this.#contents) {
        const content = contents.find((candidate) => formIn(candidate, canary) !== undefined);
        if (content === undefined) continue;
        const text = content.toString();
        const at = Math.max(0, text.indexOf(canary.core.slice(0, 8)));
        const form = formIn(content, canary) ?? '';
        finds.push({ canary: name, outlet, form, within: text.slice(Math.max(0, at - 200), at + 50) });
      }
    }
    return finds;
  }
}
