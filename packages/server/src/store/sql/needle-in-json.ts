/**
 * A folded needle as it stands in JSON text, for a first look in SQL. Databases fold the case of ASCII letters only: other
 * needles are looked for in every block.
 */
export function needleInJson(needle: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  return /^[\x00-\x7f]*$/.test(needle) ? JSON.stringify(needle).slice(1, -1) : '';
}
