import { crc32 } from 'node:zlib';

/**
 * The checksum kept beside a body: CRC-32 of its UTF-8 bytes, begun with the numbers that say where it belongs. A row
 * whose place, epoch or audience was damaged is as wrong as one whose text was.
 */
export function sumOf(body: string, place: readonly number[]): number {
  return crc32(body, seedOf(place));
}

/** Whether a row read from disk is what was written: a damaged one is never shown, not even in part. */
export function isWhole(
  row: { readonly body: unknown; readonly sum: unknown },
  place: readonly number[],
): boolean {
  return typeof row.body === 'string' && sumOf(row.body, place) === row.sum;
}

/** Any change of one of the numbers changes the seed: each step can be undone. */
function seedOf(place: readonly number[]): number {
  let seed = 0;
  for (const number of place) {
    seed = Math.imul(seed ^ (number % 2 ** 32), 0x01000193);
    seed = Math.imul(seed ^ Math.floor(number / 2 ** 32), 0x01000193);
  }
  return seed >>> 0;
}
