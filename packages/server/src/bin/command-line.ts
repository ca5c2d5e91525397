import { Command, Option } from 'commander';
import { serverVersion } from '../process/server-version.ts';
import { sentenceOf } from './sentence-of.ts';
import { type ServeFlags, serve } from './serve.ts';

/** Reads the command line and does what it says. A start that fails is one sentence on stderr and exit code 1. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  try {
    await createProgram(serve).parseAsync([...argv]);
  } catch (error) {
    console.error(`perdure: ${sentenceOf(error)}`);
    process.exit(1);
  }
}

export function createProgram(action: (flags: ServeFlags) => Promise<void>): Command {
  const program = new Command('perdure')
    .description('Hosts durable sessions of AI agents that any number of clients follow, leave and rejoin.')
    .version(serverVersion);
  program
    .command('serve')
    .description('Start a server. Prints one line when it is ready; logs go to stderr.')
    .addOption(
      new Option('--port <number>', 'port to listen on; 0 for any free one')
        .env('PERDURE_PORT')
        .argParser(parsePort),
    )
    .addOption(new Option('--host <address>', 'address to listen on').env('PERDURE_HOST'))
    .addOption(new Option('--data <directory>', 'data directory; one process owns it').env('PERDURE_DATA'))
    .addOption(
      new Option('--config <file>', 'a .ts, .js or .json file that defineConfig describes').env(
        'PERDURE_CONFIG',
      ),
    )
    .addOption(
      new Option('--origin <url...>', 'origin of pages elsewhere that may use the server').env(
        'PERDURE_ORIGIN',
      ),
    )
    .addOption(
      new Option('--public-url <url>', 'address by which people reach the server').env('PERDURE_PUBLIC_URL'),
    )
    .addOption(new Option('--token-file <file>', 'file with one token a line').env('PERDURE_TOKEN_FILE'))
    .addOption(
      new Option('--token <token>', 'a token; others on this machine can read it').env('PERDURE_TOKEN'),
    )
    .addOption(
      new Option('--log-level <level>', 'from which level on to log')
        .env('PERDURE_LOG_LEVEL')
        .choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .action(action);
  return program;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Error(`--port takes a number from 0 to 65535, not "${text}".`);
}
