import { TokenAuthenticator } from '../access/token-authenticator.ts';
import { createAgentRuntime } from '../agent-runtime.ts';
import { createPinoLogger, type LogLevel } from '../process/pino-logger.ts';
import type { Logger } from '../session/logger.ts';
import { resolveServe } from './resolve-serve.ts';
import { sentenceOf } from './sentence-of.ts';

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
  const { logger: chosen = 'info', tokens, ...rest } = options;
  let secrets: readonly string[] = tokens ?? [];
  const logger = typeof chosen === 'string' ? createPinoLogger(chosen, { secrets: () => secrets }) : chosen;
  const tokenHolders = tokens === undefined ? undefined : new TokenAuthenticator(tokens);
  const runtime = createAgentRuntime({
    ...rest,
    logger,
    ...(tokenHolders === undefined ? {} : { authenticate: tokenHolders }),
  });
  // A promise that an agent forgot must not end everyone's sessions.
  process.on('unhandledRejection', (error) =>
    logger.error({ err: error }, 'a promise was rejected and nobody looked'),
  );
  // What one throws where nobody catches it leaves the process in a state that nobody knows.
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'an error was thrown where nobody catches it: the server ends');
    process.exit(1);
  });
  let current = tokens ?? [];
  const renew = (renewed: readonly string[]) => {
    secrets = [...new Set([...renewed, ...current])]; // those that end here may be in what is just being said
    current = renewed;
    tokenHolders?.replaceTokens(renewed);
  };
  if (tokenHolders !== undefined) renewTokensOnHangup(flags, renew, logger);
  const end = endOnSignal(() => runtime.shutdown());
  const { url } = await runtime.listen(listen);
  console.log(`perdure listening on ${url}`);
  await end;
}

/** SIGHUP reads the token file again: sockets of a token that is gone are closed, the others do not notice. */
function renewTokensOnHangup(
  flags: ServeFlags,
  renew: (tokens: readonly string[]) => void,
  logger: Logger,
): void {
  process.on('SIGHUP', () => {
    resolveServe(flags).then(
      ({ options: { tokens = [] } }) => {
        renew(tokens);
        logger.info({ count: tokens.length }, 'the token file was read again');
      },
      (error: unknown) => logger.error({ err: error }, 'the tokens stay as they were'),
    );
  });
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
          console.error(`perdure: ${sentenceOf(error)}`);
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
