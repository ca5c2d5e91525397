/**
 * What this repository claims to do: a feature's id and one sentence a user would understand.
 * A claim counts as proven when a test whose title begins with `[id]` has passed.
 */
export const requirements = {} as const satisfies Record<string, string>;
