import type * as z from 'zod';
import { configInvalid } from './config-error.ts';
import { configSchema, runtimeOptionsSchema } from './options-schema.ts';

/** Refuses options that cannot be used. They are checked, not copied: functions and instances stay what they are. */
export function checkRuntimeOptions(options: unknown): void {
  checkOptions(runtimeOptionsSchema, options, 'options');
}

export function checkConfig(config: unknown): void {
  checkOptions(configSchema, config, 'config');
}

/** Throws `config-invalid` in a sentence that names the field; `root` stands for the whole. */
export function checkOptions(schema: z.ZodType, value: unknown, root: string): void {
  const issue = schema.safeParse(value).error?.issues[0];
  if (issue === undefined) return;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    throw configInvalid([...path, ...issue.keys.slice(0, 1)].join('.'), 'there is no such option.');
  }
  throw configInvalid(path.length === 0 ? root : path.join('.'), `${issue.message}.`);
}
