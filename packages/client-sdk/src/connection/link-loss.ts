import { closeCodes, errorTable, PerdureError } from '@perdure/protocol';

/** What it means for the connection that its socket was closed with this code. */
export function errorOfClose(closeCode: number | undefined): PerdureError {
  switch (closeCode) {
    case closeCodes.unauthenticated:
      return new PerdureError('unauthenticated', 'The server refuses the credential. Give another one.');
    case closeCodes.protocolMismatch:
      return new PerdureError(
        'protocol-mismatch',
        'Client and server speak different versions. Update the older one.',
      );
    case closeCodes.restart:
      return new PerdureError('shutting-down', 'The server restarts.');
    default:
      return new PerdureError('unreachable', 'The connection was lost.', {
        details: closeCode ? { closeCode } : undefined,
      });
  }
}

/** Whether the error ends the whole link, and not one subscription on it. A server that drains takes no other one either. */
export const endsLink = ({ code }: PerdureError) =>
  errorTable[code].scope === 'socket' || code === 'shutting-down';

/** Whether another credential could help. */
export const isRefusedCredential = (error: PerdureError) => error.code === 'unauthenticated';

/** Whether no later attempt of this client can succeed. */
export const isFinal = (error: PerdureError) => error.code === 'protocol-mismatch';
