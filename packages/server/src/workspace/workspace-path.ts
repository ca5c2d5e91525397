import { PerdureError } from '@perdure/protocol';

/** Deeper than any source tree, and few enough descriptors to hold on the way down. */
const MAX_DEPTH = 32;
/** What file systems take as one name. */
const MAX_NAME_BYTES = 255;

/** The parts of a path inside a workspace. Throws `invalid-input` for any that could mean something outside it. */
export function segmentsOf(path: string): readonly string[] {
  if (path === '' || path === '.') return [];
  const segments = path.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  if (segments.length > MAX_DEPTH) throw refused(path, `it is more than ${MAX_DEPTH} levels deep`);
  for (const segment of segments) {
    if (segment === '') throw refused(path, 'it is absolute or has an empty part');
    if (segment === '.' || segment === '..') throw refused(path, 'it has a "." or ".." in it');
    // A backslash parts names on Windows; control characters turn up in terminals.
    if (/[\\\p{Cc}]/u.test(segment)) throw refused(path, 'it has a backslash or a control character in it');
    if (Buffer.byteLength(segment) > MAX_NAME_BYTES) throw refused(path, 'a part of it is too long');
  }
  return segments;
}

/** The refusal of a path, with its reason. */
export function refused(path: string, reason: string): PerdureError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new PerdureError('invalid-input', `The path ${shown} cannot be used in a workspace: ${reason}.`);
}
