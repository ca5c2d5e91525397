import { createAgentRuntime } from '../agent-runtime.ts';
import type { LogLevel } from '../process/pino-logger.ts';
import { resolveServe } from './resolve-serve.ts';

/** What stands on the command line or in the environment. */
export interface ServeFlags {
  readonly port?: number;
  readonly host?: string;
  readonly data?: string;
  readonly config?: string;
  readonly origin?: readonly string[];
  readonly publicUrl?: string;
  readonly tokenFile?: string;
  readonly token?: string;
  readonly logLevel?: LogLevel;
}

/** Runs a server until a signal ends it. */
export async function serve(flags: ServeFlags): Promise<void> {
  const { options, listen, warnings } = await resolveServe(flags);
  for (const warning of warnings) console.error(`perdure: ${warning}`);
  const runtime = createAgentRuntime(options);
  const end = endOnSignal(() => runtime.shutdown());
  const { url } = await runtime.listen(listen);
  console.log(`perdure listening on ${url}`);
  await end;
}

/** The first signal shuts down in good order, the second at once. */
function endOnSignal(shutdown: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let isEnding = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isEnding) process.exit(signal === 'SIGINT' ? 130 : 143);
      isEnding = true;
      shutdown()
        .catch((error: unknown) => {
          console.error(`perdure: ${String(error)}`);
          process.exitCode = 1;
        })
        .finally(() => {
          resolve();
          // An agent may have left a handle open; the log is safe by now.
          process.exit();
        });
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
