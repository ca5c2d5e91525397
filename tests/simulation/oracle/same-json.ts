/** Whether two JSON values say the same; the order of fields says nothing, and a field without a value is none. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index += 1) if (!sameJson(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  let count = 0;
  for (const name in left) {
    if (left[name] === undefined) continue;
    count += 1;
    if (!sameJson(left[name], right[name])) return false;
  }
  for (const name in right) if (right[name] !== undefined) count -= 1;
  return count === 0;
}

/** Where two JSON values first differ, for the sentence of a violation. */
export function differenceOf(a: unknown, b: unknown, path = ''): string {
  if (sameJson(a, b)) return 'nowhere';
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const [left, right] = [Reflect.get(a, name), Reflect.get(b, name)];
      if (!sameJson(left, right)) return differenceOf(left, right, `${path}.${name}`);
    }
  }
  const text = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 160);
  return `at ${path || 'the top'}: ${text(a)} instead of ${text(b)}`;
}
