/** Text that goes into JSON as it is: what no value holds, such as 1e400, -0 or half a surrogate pair. */
export class RawText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object as a list of its entries, so that a key can stand in it twice, or be `__proto__`. */
export class Entries {
  readonly list: [key: string, value: JsonTree][];

  constructor(list: [key: string, value: JsonTree][]) {
    this.list = list;
  }
}

/** A JSON text taken apart, with room for what JSON.stringify would never write. */
export type JsonTree = null | boolean | number | string | RawText | Entries | JsonTree[];

export function treeOf(value: unknown): JsonTree {
  if (value === undefined) return null;
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string' || value instanceof RawText || value instanceof Entries) return value;
  if (Array.isArray(value)) return value.map(treeOf);
  if (typeof value !== 'object') throw new TypeError(`A ${typeof value} is no JSON.`);
  return new Entries(
    Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [[key, treeOf(part)]])),
  );
}

export function textOf(tree: JsonTree): string {
  if (tree instanceof RawText) return tree.text;
  if (tree instanceof Entries) {
    return `{${tree.list.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(',')}}`;
  }
  return Array.isArray(tree) ? `[${tree.map(textOf).join(',')}]` : JSON.stringify(tree);
}

/** A place in a tree that can be written to. */
export interface TreePlace {
  readonly tree: JsonTree;
  replace(tree: JsonTree): void;
}

/** Every place in a tree, the outermost first. */
export function placesOf(root: TreePlace): TreePlace[] {
  const places = [root];
  for (const { tree } of places) {
    if (tree instanceof Entries) {
      for (const entry of tree.list) {
        places.push({
          tree: entry[1],
          replace: (value) => {
            entry[1] = value;
          },
        });
      }
    } else if (Array.isArray(tree)) {
      for (const [at, item] of tree.entries()) {
        places.push({
          tree: item,
          replace: (value) => {
            tree[at] = value;
          },
        });
      }
    }
  }
  return places;
}
