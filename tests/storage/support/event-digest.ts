import { crc32 } from 'node:zlib';
import type { AnyEvent } from '@perdure/protocol';

/** Tells one event from another, whether it came from a log or in a frame. */
export function eventDigest(event: AnyEvent): number {
  return crc32(JSON.stringify(event));
}
