import type { PerdureError } from '@perdure/protocol';
import type { PerdureErrorShape } from '@perdure/protocol/trpc';
import type { TRPCDefaultErrorShape } from '@trpc/server';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';

type TrpcKey = keyof typeof TRPC_ERROR_CODES_BY_KEY;

/** tRPC has its own names for statuses; one that it has none for is a bad request to it. */
const keysByStatus: Readonly<Record<number, TrpcKey>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  410: 'NOT_FOUND', // the nearest there is
  412: 'PRECONDITION_FAILED',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  501: 'NOT_IMPLEMENTED',
  503: 'SERVICE_UNAVAILABLE',
};

/** No procedure has a longer one; what a stranger made up is not sent back. */
const LONGEST_PATH = 64;

/** An error as tRPC's clients expect it, with our code, errorId and details inside. Another shape crashes them. */
export function trpcErrorShape(error: PerdureError, path: string | undefined): PerdureErrorShape {
  const key = keysByStatus[error.status] ?? 'BAD_REQUEST';
  const { message: _message, ...perdure } = error.toBody();
  const isTold = path !== undefined && path.length <= LONGEST_PATH;
  const shape: TRPCDefaultErrorShape = {
    code: TRPC_ERROR_CODES_BY_KEY[key],
    message: error.message,
    data: { code: key, httpStatus: error.status, ...(isTold ? { path } : {}) },
  };
  return { ...shape, data: { ...shape.data, perdure } };
}
