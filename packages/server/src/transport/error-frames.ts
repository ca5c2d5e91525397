import type { PerdureError } from '@perdure/protocol';
import type { WebSocket } from 'ws';
import type { CallId } from './socket-call.ts';
import { trpcErrorShape } from './trpc-error-shape.ts';

/** Tells calls of a socket that they failed; without any it goes out under the id null. */
export function sendErrorFrames(ws: WebSocket, error: PerdureError, ids: readonly CallId[]): void {
  if (ws.readyState !== ws.OPEN) return;
  const shape = trpcErrorShape(error, undefined);
  for (const id of ids.length === 0 ? [null] : ids) ws.send(JSON.stringify({ id, error: shape }));
}
