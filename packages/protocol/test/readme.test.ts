import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const program = new URL('readme-program.ts', import.meta.url);

it('the program in the README is the one that is compiled here', () => {
  expect(readme).toContain(`\`\`\`ts run\n${readFileSync(program, 'utf8')}\`\`\``);
});

it('it runs, and prints what the README says', async () => {
  const [, printed] = /^prints `(.*)`$/m.exec(readme) ?? [];
  const args = ['--conditions=@perdure/source', fileURLToPath(program)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe(`${printed}\n`);
});
