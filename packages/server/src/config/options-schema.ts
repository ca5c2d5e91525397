import * as z from 'zod';
import { defaultLimits } from '../access/limit-defaults.ts';

const functionSchema = (what: string) =>
  z.custom((value) => typeof value === 'function', { error: `must be ${what}` });

/** An object of one's own that stands for a port: known by its methods, for a class from elsewhere is as good. */
function portSchema(what: string, ...methods: readonly string[]) {
  return z.custom(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof Reflect.get(value, method) === 'function'),
    { error: `must be ${what}, with the methods ${methods.join(', ')}` },
  );
}

/** A word that names a kind of part; what is not built yet is refused by its name. */
function typeSchema(...types: readonly [string, ...string[]]) {
  return z.enum(types, {
    error: ({ input }) =>
      `"${String(input)}" is not a type that this release has; it has ${types.join(', ')}`,
  });
}

const sqliteSchema = z.strictObject({
  type: z.literal('sqlite'),
  directory: z.string().min(1),
  durability: z.enum(['disk', 'process']).optional(),
});

const storeKindSchema = z.discriminatedUnion(
  'type',
  [sqliteSchema, z.strictObject({ type: z.literal('memory') })],
  {
    error: ({ input }) =>
      `${typeOf(input)} is not a type that this release has; it has sqlite, memory, and postgresStore(...) of @perdure/server/postgres`,
  },
);

const ownStoreSchema = portSchema(
  '{ type: "sqlite", directory }, { type: "memory" }, postgresStore(...), or a store of your own',
  'open',
  'close',
  'append',
  'read',
);

/** One that names a type is judged by it alone, so that what is wrong is said of what was meant. */
const storeSchema = z.unknown().superRefine((value, context) => {
  const result = (typeOf(value) === undefined ? ownStoreSchema : storeKindSchema).safeParse(value);
  if (result.success) return;
  for (const { path, message } of result.error.issues) {
    context.addIssue({ code: 'custom', path, message });
  }
});

const agentSchema = portSchema(
  'an agent, such as functionAgent(...) or aiSdkAgent(...) gives',
  'createEnvironment',
);

const dataSchema = z.custom((value) => typeof value === 'object' && value !== null && '~standard' in value, {
  error: 'must be a schema, of zod or any other that speaks Standard Schema',
});

const originSchema = z.string().refine(isOrigin, 'must be an origin, such as https://app.example.org');

const httpUrlSchema = z.string().refine(isHttpUrl, 'must be a URL that begins with http:// or https://');

const basePathSchema = z
  .string()
  .regex(
    /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/,
    'must be empty, or begin with a slash and end without one, such as /agents',
  );

const limitSchema = z.int('must be a whole number').min(0, 'must not be negative');

/** Fewer would have a state written for every few messages, at the cost of all that it holds. */
const LEAST_KEPT_EVENTS = 100;

/** What `createAgentRuntime` takes. Unknown fields are refused: a misspelt one would silently do nothing. */
export const runtimeOptionsSchema = z.strictObject({
  host: z.strictObject({ type: typeSchema('local') }).optional(),
  store: storeSchema.optional(),
  agents: z
    .record(z.string().min(1).max(128), agentSchema)
    .refine((agents) => Object.keys(agents).length > 0, 'must name at least one agent'),
  data: z.record(z.string(), dataSchema).optional(),
  authenticate: z
    .union([functionSchema('a function'), portSchema('an authenticator', 'authenticate', 'onRevoked')], {
      error: 'must be a function, or an authenticator with the methods authenticate and onRevoked',
    })
    .optional(),
  tokens: z
    .array(z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be printable ASCII without blanks'))
    .optional(),
  authorizer: portSchema('an authorizer', 'authorize', 'visible').optional(),
  limiter: portSchema('a limiter', 'take', 'hold').optional(),
  limits: z
    .strictObject(
      Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, limitSchema.optional()])),
    )
    .optional(),
  retention: z
    .strictObject({
      keepEvents: z
        .int('must be a whole number')
        .min(LEAST_KEPT_EVENTS, `must be at least ${LEAST_KEPT_EVENTS}`),
    })
    .optional(),
  origins: z.array(originSchema).optional(),
  publicUrl: httpUrlSchema.optional(),
  basePath: basePathSchema.optional(),
  pages: z.strictObject({ directory: z.string().min(1) }).optional(),
  logger: z
    .union(
      [
        z.enum(['debug', 'info', 'warn', 'error', 'silent']),
        portSchema('a logger', 'debug', 'info', 'warn', 'error', 'child'),
      ],
      {
        error: 'must be debug, info, warn, error, silent, or a logger',
      },
    )
    .optional(),
});

/** What a config file holds. */
export const configSchema = runtimeOptionsSchema.extend({
  listen: z
    .strictObject({ port: z.int().min(0).max(65_535).optional(), host: z.string().min(1).optional() })
    .optional(),
});

/** As text in quotes; `undefined` for what names no type. */
function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  return JSON.stringify(value.type);
}

function isOrigin(text: string): boolean {
  return isHttpUrl(text) && new URL(text).origin === text;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
