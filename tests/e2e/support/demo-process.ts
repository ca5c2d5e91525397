import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const demo = fileURLToPath(new URL('../../../apps/demo/', import.meta.url));

/** The demo as `pnpm demo` starts it, but for the build: its supervisor with the server below it. */
export async function startDemo(
  directory: string,
): Promise<AsyncDisposable & { readonly url: string; output(): string }> {
  if (!existsSync(`${demo}dist/index.html`))
    throw new Error('The page of the demo is not built: run `pnpm build` first.');
  const child = spawn(process.execPath, ['supervisor.ts', '--port', '0', '--data', directory], {
    cwd: demo,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const exited = once(child, 'exit');
  const url = () => output.match(/^Perdure demo on (\S+)/m)?.[1];
  while (url() === undefined && child.exitCode === null)
    await Promise.race([once(child.stdout, 'data'), exited]);
  const found = url();
  if (found === undefined) throw new Error(`The demo did not start:\n${output}`);
  return {
    url: found,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
