import { crc32 } from 'node:zlib';

/** The checksum kept beside a body: CRC-32 of its UTF-8 bytes. */
export function sumOf(body: string): number {
  return crc32(body);
}

/** Whether a body read from disk is what was written: a damaged one is never shown, not even in part. */
export function isWhole(row: { readonly body: unknown; readonly sum: unknown }): boolean {
  return typeof row.body === 'string' && crc32(row.body) === row.sum;
}
