import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './support/temporary-directory.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function program(name: string): string {
  const code = new RegExp(`<!-- program: ${name} -->\\s*\`\`\`ts\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (code === undefined) throw new Error(`README.md has no program "${name}".`);
  return code;
}

test('[Q21] the programs of the README run as they stand: a server, and a client that reads its answer', async () => {
  using directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'node_modules'));
  symlinkSync(join(root, 'tests/node_modules/@perdure'), join(directory.path, 'node_modules/@perdure'));
  writeFileSync(join(directory.path, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(directory.path, 'server.ts'), program('server').replace('port: 4600', 'port: 0'));
  const run = (file: string) =>
    spawn(process.execPath, ['--conditions=@perdure/source', file], {
      cwd: directory.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  const server = run('server.ts');
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data');
    const url = /listening on (\S+)/.exec(line)?.[1] ?? '';
    writeFileSync(join(directory.path, 'client.ts'), program('client').replace('http://127.0.0.1:4600', url));
    const client = run('client.ts');
    let said = '';
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    expect(await once(client, 'close')).toEqual([0, null]);
    expect(said.replaceAll('\n', '')).toBe('You said: Write the notes ');
  } finally {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
});
