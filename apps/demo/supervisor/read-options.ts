import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly port: number;
  /** Where sessions and the token are kept. */
  readonly directory: string;
}

/** Flags before environment before defaults. What cannot be read is told in a sentence. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): DemoOptions | { readonly mistake: string } {
  let flags: { port?: string | undefined; data?: string | undefined };
  try {
    flags = parseArgs({
      args: args.filter((arg) => arg !== '--'), // pnpm hands it on
      options: { port: { type: 'string' }, data: { type: 'string' } },
    }).values;
  } catch (error) {
    return {
      mistake: `${error instanceof Error ? error.message : error}\nFlags: --port 4600 --data ./.perdure`,
    };
  }
  const port = flags.port ?? env['PERDURE_PORT'] ?? '4600';
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    return { mistake: `--port must be a number from 0 to 65535, not "${port}".` };
  }
  // A script of a workspace runs in the package's folder; INIT_CWD is where the person stood.
  const from = env['INIT_CWD'] ?? process.cwd();
  return { port: Number(port), directory: resolve(from, flags.data ?? env['PERDURE_DATA'] ?? '.perdure') };
}
