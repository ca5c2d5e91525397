/**
 * What must be in JSON text, its case folded by a database, wherever a folded needle is in one of its texts: for a first look in
 * SQL. Databases fold the case of ASCII letters only, so other needles are looked for in every block. Two letters of ASCII are
 * also the lower case of others, the Kelvin sign and the dotted I: the longest part without them has to do.
 */
export function needleInJson(needle: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  if (!/^[\x00-\x7f]*$/.test(needle)) return '';
  const parts = needle.split(/[ik]/).sort((a, b) => b.length - a.length);
  return JSON.stringify(parts[0] ?? '').slice(1, -1);
}
