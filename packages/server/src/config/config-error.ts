import { PerdureError } from '@perdure/protocol';

/** A configuration that cannot be used, in a sentence that names the field. */
export function configInvalid(field: string, problem: string): PerdureError {
  return new PerdureError('config-invalid', `${field}: ${problem}`, { details: { field } });
}
