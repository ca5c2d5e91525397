import * as z from 'zod';
import { checkOptions } from '../../config/check-options.ts';
import type { SessionStore } from '../session-store.ts';
import { PostgresSessionStore } from './postgres-session-store.ts';
import type { PostgresStoreOptions } from './postgres-store-options.ts';

/**
 * A store in a PostgreSQL database, for the option `store` of a runtime or a config file. It connects when the runtime starts.
 * One process has a schema at a time: another is refused, and told who has it.
 */
export function postgresStore(options: PostgresStoreOptions): SessionStore {
  checkOptions(optionsSchema, options, 'postgresStore');
  return new PostgresSessionStore(options);
}

/** A timer can wait no longer. */
const milliseconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

const connectionSchema = z.strictObject({
  host: z.string().min(1).optional(),
  port: z.int().min(1).max(65_535).optional(),
  database: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  password: z
    .union([z.string(), z.custom((value) => typeof value === 'function')], {
      error: 'must be a text, or a function that gives one',
    })
    .optional(),
  ssl: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
});

const optionsSchema = z
  .strictObject({
    url: z.string().refine(isDatabaseUrl, 'must begin with postgres:// or postgresql://').optional(),
    connection: connectionSchema.optional(),
    schema: z
      .string()
      .regex(/^(?!pg_)[a-z_][a-z0-9_]{0,62}$/, 'must be of small letters, digits and _, 63 at most')
      .optional(),
    durability: z.enum(['disk', 'process']).optional(),
    maxConnections: z.int().min(2).max(1_000).optional(),
    busyTimeoutMs: milliseconds.optional(),
    connectTimeoutMs: milliseconds.optional(),
    statementTimeoutMs: milliseconds.optional(),
    ownerTimeoutMs: milliseconds.optional(),
    sessionLogBytes: z.int().min(1).optional(),
    logger: z.custom((value) => typeof value === 'object' && value !== null).optional(),
  })
  .superRefine(({ url, connection }, context) => {
    if ((url === undefined) !== (connection === undefined)) return;
    const message =
      url === undefined
        ? 'must be given: a database is never taken by guess. `connection: {}` takes what PGHOST and its like say'
        : 'is given besides connection, and only one of them can say where the database is';
    context.addIssue({ code: 'custom', path: ['url'], message });
  });

function isDatabaseUrl(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);
}
