/** Everything that an object of foreign input could reach by a name such as `__proto__`. */
const roots: readonly [name: string, root: object][] = [
  ...[
    Object,
    Array,
    Function,
    String,
    Number,
    Boolean,
    Symbol,
    BigInt,
    Date,
    RegExp,
    Error,
    Promise,
    Map,
    Set,
    URL,
  ].flatMap((maker): [string, object][] => [
    [maker.name, maker],
    [`${maker.name}.prototype`, maker.prototype],
  ]),
  ['JSON', JSON],
  ['Reflect', Reflect],
];

/** Remembers what the built-in prototypes are like now; the returned function names what is different since. */
export function rememberPrototypes(): () => readonly string[] {
  const before = new Map(roots.map(([name, root]) => [name, Object.getOwnPropertyDescriptors(root)]));
  return () => roots.flatMap(([name, root]) => differences(name, before.get(name) ?? {}, root));
}

function differences(name: string, before: Record<PropertyKey, PropertyDescriptor>, root: object): string[] {
  const now: Record<PropertyKey, PropertyDescriptor> = Object.getOwnPropertyDescriptors(root);
  const keys = new Set([...Reflect.ownKeys(before), ...Reflect.ownKeys(now)]);
  return [...keys]
    .filter((key) => !Object.is(before[key]?.value, now[key]?.value) || before[key]?.get !== now[key]?.get)
    .map((key) => `${name}.${String(key)}`);
}
