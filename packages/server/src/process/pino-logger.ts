import { type DestinationStream, destination, pino } from 'pino';
import type { Logger } from '../session/logger.ts';
import { secretsOfEnvironment } from './known-secrets.ts';
import { printable } from './printable.ts';
import { redact, redactTextOf } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface PinoLoggerOptions {
  /** Default: stderr, for stdout belongs to the one line that says the server is ready. */
  readonly stream?: DestinationStream | undefined;
  /** Never written down, whoever says them: asked for with each line, for they are renewed. Those of the environment are not either. */
  readonly secrets?: (() => readonly string[]) | undefined;
}

const none: readonly string[] = [];

/** JSON lines without secrets, and without anything that a terminal would obey. */
export function createPinoLogger(level: LogLevel, options: PinoLoggerOptions = {}): Logger {
  const { stream = destination(2), secrets = () => none } = options;
  const cleanerOf = lastMade((known: readonly string[]) =>
    redactTextOf([...known, ...secretsOfEnvironment(process.env)]),
  );
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => error },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redact(fields, cleanerOf(secrets())) as Record<string, unknown>,
      },
    },
    // JSON leaves some characters as they are that a terminal obeys; escaped they are the same JSON.
    { write: (line) => stream.write(`${printable(line.trimEnd())}\n`) },
  );
}

/** Makes something anew only when what it is made of is another. */
function lastMade<From, To>(make: (from: From) => To): (from: From) => To {
  let last: { readonly from: From; readonly to: To } | undefined;
  return (from) => {
    if (last?.from !== from) last = { from, to: make(from) };
    return last.to;
  };
}
