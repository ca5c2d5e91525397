import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface ServerOptions {
  readonly port: number;
  readonly directory: string;
  readonly token: string;
  /** The supervisor's door. */
  readonly controlUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the supervisor hands on. The token is read from its file: a process list shows arguments to everyone. */
export async function readServerOptions(
  args: readonly string[],
  env: ServerOptions['env'],
): Promise<ServerOptions> {
  const { port, data, control } = parseArgs({
    args: [...args],
    options: { port: { type: 'string' }, data: { type: 'string' }, control: { type: 'string' } },
  }).values;
  if (port === undefined || data === undefined || control === undefined) {
    throw new Error('This is started by supervisor.ts: run `pnpm demo`.');
  }
  const token = (await readFile(join(data, 'token'), 'utf8')).trim();
  return { port: Number(port), directory: data, token, controlUrl: control, env };
}
