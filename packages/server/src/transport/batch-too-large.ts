import { PerdureError } from '@perdure/protocol';

/** More calls at once than one request or message may hold. Not a rate: sending the same again cannot succeed. */
export function batchTooLarge(max: number, current: number | undefined): PerdureError {
  return new PerdureError(
    'invalid-input',
    `More than ${max} calls were sent at once (limits.batchSize). Send them in several requests.`,
    { details: { limit: 'batchSize', max, ...(current === undefined ? {} : { current }) } },
  );
}
