import { type Json, PerdureError } from '@perdure/protocol';
import type * as z from 'zod';

export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Input of a caller, in this process or on a wire, held against its schema. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidInput(result.error.issues);
}

/** More than this about wrong fields helps nobody, and whoever sends it could have any length of it sent back. */
const MAX_ISSUES = 10;
const MAX_ISSUES_LENGTH = 400;
const MAX_FIELD_LENGTH = 80;
const MAX_MESSAGE_LENGTH = 160;

/** What is wrong with an input, as a sentence that names the field. */
export function invalidInput(issues: readonly SchemaIssue[]): PerdureError {
  const [first, ...others] = issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    field: cut(path.map(String).join('.'), MAX_FIELD_LENGTH),
    message: cut(message, MAX_MESSAGE_LENGTH),
  }));
  const told = first === undefined ? [] : [first];
  for (const issue of others) {
    if (JSON.stringify([...told, issue]).length <= MAX_ISSUES_LENGTH) told.push(issue);
  }
  const where = first === undefined || first.field === '' ? 'The input' : `The field "${first.field}"`;
  return new PerdureError(
    'invalid-input',
    `${where} is wrong: ${first?.message ?? 'it does not match the schema'}.`,
    {
      details: { issues: told satisfies Json },
    },
  );
}

function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
