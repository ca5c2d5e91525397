import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const examples = join(import.meta.dirname, '../../examples');

export interface RunningExample {
  url: string;
  /** Stops it as a supervisor would and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Runs an example from source, on a free port and with a data directory of its own. */
export async function startExample(name: string): Promise<RunningExample> {
  const data = await mkdtemp(join(tmpdir(), `perdure-example-${name}-`));
  const child = spawn(process.execPath, ['--conditions=@perdure/source', 'main.ts'], {
    cwd: join(examples, name),
    env: { ...process.env, PORT: '0', DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /listening on (\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('exit', () => reject(new Error(`The example ended before it listened:\n${output}`)));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await ended;
      await rm(data, { recursive: true, force: true });
      return code as number | null;
    },
  };
}
