type DefinedOf<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value: a state is JSON, which knows no `undefined`. */
export function definedOf<T extends object>(fields: T): DefinedOf<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as DefinedOf<T>;
}
