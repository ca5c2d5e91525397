import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './tarballs.ts';

/**
 * A code block of a package's README that is more than an excerpt. The words after its language say what is held:
 * `ts check` compiles, `ts run` also runs to its end, `ts run until="listening on"` runs until it prints that.
 */
export interface ReadmeProgram {
  /** File name in the consumer's project. */
  file: string;
  code: string;
  run: boolean;
  until?: string;
}

const readmes = { protocol: 'protocol', server: 'server', client: 'client-sdk', react: 'react-hooks' };

export function readmePrograms(name: keyof typeof readmes): ReadmeProgram[] {
  const path = join(repositoryRoot, 'packages', readmes[name], 'README.md');
  return existsSync(path) ? programsIn(readFileSync(path, 'utf8'), name) : [];
}

export function programsIn(markdown: string, name: string): ReadmeProgram[] {
  const blocks = [...markdown.matchAll(/^```(tsx?) (check|run)(.*)\n([\s\S]*?)^```/gm)];
  return blocks.map(([, language, word, rest = '', code = ''], index) => {
    const until = /until="([^"]+)"/.exec(rest)?.[1];
    const file = `readme-${name}-${index + 1}.${language}`;
    return { file, code, run: word === 'run', ...(until !== undefined && { until }) };
  });
}
