import { fileURLToPath } from 'node:url';
import { type ProbedProcess, startProbedProcess } from './probed-process.ts';

const bin = fileURLToPath(import.meta.resolve('@perdure/server/package.json')).replace(
  'package.json',
  'src/bin/perdure.ts',
);
const config = fileURLToPath(new URL('./leaks.config.ts', import.meta.url));

/** The `perdure` command with the probe in it. */
export interface ProbedServer extends ProbedProcess {
  readonly url: string;
  readonly port: number;
}

export interface ProbedServerOptions {
  readonly directory: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Default: `process`, for speed. */
  readonly durability?: 'disk' | 'process';
}

/** Starts a server and resolves when it says that it listens. */
export async function startProbedServer(options: ProbedServerOptions): Promise<ProbedServer> {
  const { directory, port = 0, durability = 'process' } = options;
  const server = startProbedProcess(
    bin,
    ['serve', '--config', config, '--port', String(port), '--log-level', 'warn'],
    { LEAKS_DIRECTORY: directory, LEAKS_DURABILITY: durability },
  );
  const url = await server.until(({ stdout }) => stdout.match(/^perdure listening on (\S+)$/m)?.[1]);
  return { ...server, url, port: Number(new URL(url).port) };
}
