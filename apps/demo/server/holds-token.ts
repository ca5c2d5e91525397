import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Whether a request carries the token. Takes the same time whatever it carries. */
export function holdsToken({ headers }: Pick<IncomingMessage, 'headers'>, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return timingSafeEqual(sha256(given ?? ''), sha256(token)) && given !== undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
