/** Stands between the event texts of a row: white space that JSON allows and `JSON.stringify` never writes raw. */
export const ROW_SEPARATOR = ',\t';

export function joinEvents(texts: readonly string[]): string {
  return texts.join(ROW_SEPARATOR);
}

export function splitEvents(body: string): string[] {
  return body.split(ROW_SEPARATOR);
}
