import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..');

interface CommandOptions {
  /** Show the output only when the command fails, and then on stderr. */
  quiet?: boolean;
  cwd?: string;
  /** Ends the command at once when aborted. */
  signal?: AbortSignal;
}

/** Runs a command with this repository's own tools first on the PATH and resolves with its exit code. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { quiet = false, cwd = repositoryRoot, signal }: CommandOptions = {},
): Promise<number> {
  const env = {
    ...process.env,
    PATH: `${join(repositoryRoot, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    TURBO_TELEMETRY_DISABLED: '1',
  };
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', ...output(quiet)] });
  signal?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  if (code !== 0) process.stderr.write(Buffer.concat(chunks));
  return code;
}

const output = (quiet: boolean) => (quiet ? (['pipe', 'pipe'] as const) : (['inherit', 'inherit'] as const));
