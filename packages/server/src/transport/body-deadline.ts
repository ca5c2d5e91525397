import type { IncomingMessage } from 'node:http';
import type { BodyType } from '@perdure/protocol/schemas';
import type { Clock } from '../session/clock.ts';

/** 1 MiB takes this long at 35 kB/s. */
const JSON_BODY_MS = 30_000;
/** A stream may be long, but not silent. */
const STREAM_SILENCE_MS = 30_000;
const STREAM_BODY_MS = 3_600_000;
/** A timer may come a little before its time, which must not mean another round. */
const SLACK_MS = 250;

/** Cuts a connection whose body does not come. Node's own limit, one for all routes, is off. */
export function watchBody(request: IncomingMessage, accept: BodyType, clock: Clock): void {
  if (request.complete) return;
  const startedAtMs = clock.monotonic();
  const maxMs = accept === 'application/json' ? JSON_BODY_MS : STREAM_BODY_MS;
  let bytesSeen = request.socket.bytesRead;
  let stop = () => {};
  const check = () => {
    const { bytesRead } = request.socket;
    const isSilent = bytesRead === bytesSeen;
    bytesSeen = bytesRead;
    if (request.complete) return;
    if (isSilent || clock.monotonic() - startedAtMs + SLACK_MS >= maxMs) request.socket.destroy();
    else stop = clock.timer(STREAM_SILENCE_MS, check);
  };
  stop = clock.timer(STREAM_SILENCE_MS, check);
  for (const name of ['end', 'close'] as const) request.once(name, () => stop());
}
