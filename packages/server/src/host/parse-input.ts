import { PerdureError } from '@perdure/protocol';
import type * as z from 'zod';

/** Input of a caller in this process, checked like that of any other. */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') || 'input';
  throw new PerdureError('invalid-input', `${field}: ${issue?.message ?? 'is wrong'}.`, {
    details: { field },
  });
}
