import { PerdureError } from '@perdure/protocol';

/** Refuses values that are nested too deep, before anything recursive looks at them. Its own walk is a list, not a recursion. */
export function checkJsonDepth(value: unknown, maxDepth: number): void {
  let level = childrenOf(value);
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) {
      throw new PerdureError(
        'invalid-input',
        `The input is nested deeper than ${maxDepth} levels (limits.jsonDepth).`,
        {
          details: { limit: 'jsonDepth', max: maxDepth, current: depth },
        },
      );
    }
    level = level.flatMap(childrenOf);
  }
}

/** A container counts as a level even when it is empty. */
function childrenOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return children.length === 0 ? [undefined] : children;
}
