import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ServerProcess } from '../supervisor/server-process.ts';

const standIn = fileURLToPath(new URL('./fixtures/stand-in-server.ts', import.meta.url));

/** Starts stand-ins of these conducts, one after the other, the last one for good. */
function supervise(...conducts: string[]) {
  const children: ChildProcess[] = [];
  const lines: string[] = [];
  const ready: (() => void)[] = [];
  const server = new ServerProcess({
    start() {
      const conduct = conducts[Math.min(children.length, conducts.length - 1)] ?? '';
      const child = fork(standIn, [conduct], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
      children.push(child);
      return child;
    },
    onReady: () => ready.shift()?.(),
    say: (line) => lines.push(line),
  });
  return {
    server,
    children,
    lines,
    nextReady: () => new Promise<void>((resolve) => void ready.push(resolve)),
  };
}

describe('ServerProcess', () => {
  it('starts the server again each time it is killed, and ends it in good order', async () => {
    const { server, children, lines, nextReady } = supervise('serves');
    const first = nextReady();
    const ended = server.run();
    await first;
    for (const _ of [1, 2]) {
      const again = nextReady();
      expect(server.kill()).toBe(true);
      await again;
    }
    expect(children).toHaveLength(3);
    expect(lines).toEqual(Array(2).fill('The server ended by SIGKILL; starting it again in 0.2 s.'));
    server.stop();
    expect(await ended).toBe(0);
    expect(children.map(({ exitCode, signalCode }) => exitCode ?? signalCode)).toEqual([
      'SIGKILL',
      'SIGKILL',
      0,
    ]);
    expect(server.kill()).toBe(false);
  });

  it('waits longer each time a start fails', async () => {
    const { server, lines, nextReady } = supervise('serves', 'fails', 'fails', 'serves');
    const first = nextReady();
    const ended = server.run();
    await first;
    const back = nextReady();
    server.kill();
    await back;
    expect(lines).toEqual([
      'The server ended by SIGKILL; starting it again in 0.2 s.',
      'The server ended with code 3; starting it again in 0.2 s.',
      'The server ended with code 3; starting it again in 0.4 s.',
    ]);
    server.stop();
    expect(await ended).toBe(0);
  });

  it('gives up on a server that never listened, with its exit code', async () => {
    const { server, children, lines } = supervise('fails');
    expect(await server.run()).toBe(3);
    expect(children).toHaveLength(1);
    expect(lines).toEqual(['The server ended with code 3 before it was ready.']);
  });

  it('ends a server that hangs when it is told a second time', async () => {
    const { server, children, nextReady } = supervise('hangs');
    const first = nextReady();
    const ended = server.run();
    await first;
    server.stop();
    server.stop();
    expect(await ended).toBe(0);
    expect(children[0]?.signalCode).toBe('SIGKILL');
  });

  it('starts nothing when it is stopped between two servers', async () => {
    const { server, children, nextReady } = supervise('serves');
    const first = nextReady();
    const ended = server.run();
    await first;
    const gone = new Promise((resolve) => children[0]?.once('exit', resolve));
    server.kill();
    await gone;
    server.stop();
    expect(await ended).toBe(0);
    expect(children).toHaveLength(1);
  });
});
