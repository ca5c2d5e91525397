/** Reads JSON of a column that has no checksum: what a damaged disk has spoilt reads as `otherwise`. */
export function jsonOr<T>(text: string, otherwise: T): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return otherwise;
  }
}
