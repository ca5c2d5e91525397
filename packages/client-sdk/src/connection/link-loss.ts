import { closeCodes, errorTable, PerdureError } from '@perdure/protocol';

/** What it means for the connection that its socket was closed with this code. */
export function errorOfClose(code: number | undefined): PerdureError {
  switch (code) {
    case closeCodes.unauthenticated:
      return new PerdureError('unauthenticated', 'The server no longer takes the credential of this client.');
    case closeCodes.protocolMismatch:
      return new PerdureError(
        'protocol-mismatch',
        'This client and the server speak different protocol versions. Update the older of the two.',
      );
    case closeCodes.restart:
      return new PerdureError('shutting-down', 'The server is restarting.');
    default:
      return new PerdureError('unreachable', 'The connection to the server was lost.', {
        details: code === undefined ? undefined : { closeCode: code },
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
