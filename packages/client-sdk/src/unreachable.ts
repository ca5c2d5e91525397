import { PerdureError } from '@perdure/protocol';

/** No answer came: the same command may be sent again. */
export const unreachable = (why: string, cause?: unknown) => new PerdureError('unreachable', why, { cause });
