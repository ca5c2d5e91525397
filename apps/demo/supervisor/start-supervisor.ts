import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openControlEndpoint } from './control-endpoint.ts';
import { keepToken } from './keep-token.ts';
import type { DemoOptions } from './read-options.ts';
import { ServerProcess } from './server-process.ts';

const serverFile = fileURLToPath(new URL('../server.ts', import.meta.url));

/** Runs the demo until it is told to stop; resolves with the exit code. */
export async function startSupervisor({ port, directory }: DemoOptions): Promise<number> {
  const token = await keepToken(directory);
  // Of the system's choice, where 0 was asked for; then the same for good, since pages come back to it.
  let fixedPort = port;
  const doorFile = join(directory, 'supervisor.json');
  let isFirst = true;
  const server = new ServerProcess({
    start: () =>
      fork(serverFile, ['--port', String(fixedPort), '--data', directory, '--control', control.url], {
        // A Ctrl-C goes to every process of the terminal; the server hears of it from here, in order.
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      }),
    onReady(url) {
      // Only now is it sure that the directory is ours.
      if (isFirst)
        writeFileSync(doorFile, JSON.stringify({ pid: process.pid, url: control.url }), { mode: 0o600 });
      console.log(isFirst ? `Perdure demo on ${url} (Ctrl-C ends it)` : `The server is back on ${url}`);
      isFirst = false;
      fixedPort = Number(new URL(url).port);
    },
    say: (line) => console.error(line),
  });
  const control = await openControlEndpoint(token, () => server.kill());

  const stop = () => server.stop();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await server.run();
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    control.close();
    if (!isFirst) await rm(doorFile, { force: true });
  }
}
