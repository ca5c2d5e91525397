import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { killMarked, listProcesses } from './kill-marked.ts';

/** A process that waits to be killed, with a line in its environment. */
async function startProcess(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)'], { env });
  await once(child.stdout, 'data');
  return child;
}

it.runIf(process.platform === 'linux')(
  'kills the processes that hold the whole line, and no others',
  async () => {
    const older = await listProcesses();
    const marked = await Promise.all(['1', '2', '3'].map((own) => startProcess({ OWN: own, MARK: 'abc' })));
    const strangers = [await startProcess({ MARK: 'abcd' }), await startProcess({ OTHER: 'MARK=abc' })];
    const ended = Promise.all(marked.map((child) => once(child, 'exit')));
    await killMarked('MARK=abc', older);
    await ended;
    expect(marked.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGKILL', 'SIGKILL']);
    expect(strangers.map(({ signalCode, exitCode }) => signalCode ?? exitCode)).toEqual([null, null]);
    const last = Promise.all(strangers.map((child) => once(child, 'exit')));
    for (const child of strangers) child.kill('SIGKILL');
    await last;
  },
);

it.runIf(process.platform === 'linux')('leaves alone what was there before', async () => {
  const child = await startProcess({ MARK: 'abc' });
  await killMarked('MARK=abc', await listProcesses());
  expect(child.signalCode).toBeNull();
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
});
