/**
 * The texts of the events in a frame or a page, as they came over the wire and joined by commas. What stands before them is
 * numbers and names, what stands after them too: the events lie between the first mark and the last.
 */
export function eventsText(text: string): string {
  const [begin, end] = text.includes('"events":[')
    ? ['"events":[', '],"live":']
    : ['"items":[', '],"nextCursor":'];
  const from = text.indexOf(begin);
  const to = text.lastIndexOf(end);
  if (from === -1 || to === -1) throw new Error(`There are no events in ${text.slice(0, 200)}`);
  // Rows are joined with white space that no event's own text can hold.
  return text.slice(from + begin.length, to).replaceAll(',\t', ',');
}

/** The same of several frames or pages in order. */
export function joinedEvents(texts: readonly string[]): string {
  return texts
    .map(eventsText)
    .filter((text) => text !== '')
    .join(',');
}
