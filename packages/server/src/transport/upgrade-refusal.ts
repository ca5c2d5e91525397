import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PerdureError } from '@perdure/protocol';
import { errorHeaders } from './error-answers.ts';

/** Answers an upgrade, or what could not even be parsed as a request, with an HTTP error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: PerdureError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error: error.toBody() });
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...errorHeaders(error),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
    () => socket.destroy(),
  );
}
