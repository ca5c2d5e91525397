/** Text as searches compare it: without regard to case, in every script. */
export function foldText(text: string): string {
  return text.toLowerCase();
}
