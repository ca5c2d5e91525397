import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The installed `perdure` command, serving on a port of its own until it goes out of scope. */
export async function startInstalled(folder: string, node: string) {
  const bin = join(folder, 'node_modules/@perdure/server/dist/bin/perdure.js');
  const data = join(folder, 'data');
  const child = spawn(node, [bin, 'serve', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), exited]);
  return {
    url: /listening on (\S+)/.exec(String(line))?.[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
