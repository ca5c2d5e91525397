import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const launcher = join(import.meta.dirname, 'run-in-foreground.ts');

// Says its process id, then each signal it gets, and ends a little later.
const server = `
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {
    console.log(signal);
    setTimeout(() => process.exit(3), 200);
  });
  setInterval(() => {}, 1000);
  console.log(process.pid);`;

const groups: number[] = [];

afterEach(() => {
  for (const group of groups.splice(0)) kill(-group);
});

async function startServer(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child.stdout, 'data');
  groups.push(child.pid ?? 0, Number.parseInt(output, 10));
  return { child, output: () => output.trim().split('\n').slice(1) };
}

describe('a server that runs in the foreground', () => {
  it('gets the one signal of Ctrl+C once, and its exit code is passed back', async () => {
    const { child, output } = await startServer(process.execPath, [
      launcher,
      process.execPath,
      '--eval',
      server,
    ]);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    const [code] = await once(child, 'close');
    expect(output()).toEqual(['SIGINT']);
    expect(code).toBe(3);
  });

  it('is stopped when the package manager above it is killed', async () => {
    // A shell that is named like a package manager, and that passes no signal on.
    const script = `"$0" "$@"; true`;
    const args = [
      '-c',
      script,
      process.execPath,
      launcher,
      process.execPath,
      '--eval',
      server,
      'npx pnpm perdure',
    ];
    const { child, output } = await startServer('sh', args);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(output()).toEqual(['SIGTERM']);
  });
});

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended, as it should.
  }
}
