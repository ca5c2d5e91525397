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

/** More than this many wrong fields help nobody. */
const MAX_ISSUES = 10;

/** What is wrong with an input, as a sentence that names the field. */
export function invalidInput(issues: readonly SchemaIssue[]): PerdureError {
  const told = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  const [first] = told;
  const where = first === undefined || first.field === '' ? 'The input' : `The field "${first.field}"`;
  return new PerdureError(
    'invalid-input',
    `${where} is wrong: ${first?.message ?? 'it does not match the schema'}.`,
    {
      details: { issues: told satisfies Json },
    },
  );
}
