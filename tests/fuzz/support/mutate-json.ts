import type { SeededRandom } from '../../support/seeded-random.ts';
import { Entries, type JsonTree, placesOf, RawText, textOf, treeOf } from './json-tree.ts';

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

/** Keys that mean something to JavaScript itself. */
export const namesOfJavaScript = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'toJSON',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'then',
  'length',
];

/** Values that programs trip over. */
const traps: readonly (() => JsonTree)[] = [
  () => null,
  () => true,
  () => 0,
  () => '',
  () => [],
  () => new Entries([]),
  () => -1,
  () => 1.5,
  () => Number.MAX_SAFE_INTEGER,
  () => 'NaN',
  () => '-Infinity',
  () => new RawText('-0'),
  () => new RawText('1e400'),
  () => new RawText('-1e400'),
  () => new RawText('1e-400'),
  () => new RawText('9007199254740993'),
  () => new RawText('9'.repeat(400)),
  () => new RawText('"\\ud800"'),
  () => new RawText('"\\udc00\\ud800"'),
  () => new RawText('"a\\u0000b"'),
  () => new RawText(nested(32)),
  () => new RawText(nested(33)),
  () => '\u001b[31mred\r\n\u009b0m',
  () => '\u2028\u2029\u202e\ufeff',
  () => 'x'.repeat(129),
  () => 'x'.repeat(10_000),
  () => Array.from({ length: 1_000 }, () => null),
  () => Array.from({ length: 300 }, (_, at) => `s${at}`),
  () => new Entries(Array.from({ length: 1_000 }, (_, at) => [`key${at}`, at])),
  () => new Entries([['k'.repeat(5_000), new RawText('1e400')]]),
  () => '../../../etc/passwd',
  () => '%00%2e%2e%2f',
  () => "' OR 1=1 --",
  () => '%'.repeat(150),
  () => '{{7*7}}<%= 7*7 %>',
];

/** So large that to make and to parse them takes longer than all else. */
const hugeTraps: readonly (() => JsonTree)[] = [
  () => new RawText(nested(100_000)),
  () => new RawText(nested(20_000, '{"a":', '}').replace(':}', ':1}')),
  () => 'x'.repeat(200_000),
];

/** Often enough to be tens of thousands in a million cases. */
const HUGE = 0.04;

const trap = (random: SeededRandom) => random.pick(random.chance(HUGE) ? hugeTraps : traps)();

/** Texts that mean something to this protocol: cursors, ids and times that are nearly right. */
export const nearlyRight = [
  '0.0',
  '1.1',
  '1.999999',
  '999.1',
  '01.1',
  '1.1 ',
  '-1.1',
  '1e3.1',
  '9007199254740991.9007199254740991',
  '9999999999999999.1',
  '2026-01-01T00:00:00.000Z~1',
  '~',
  '~~',
  '2026-13-45T99:99:99Z',
  'main',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'target',
  'echo',
  'sessions.follow',
  'sessions.__proto__',
  'constructor.name',
  'meta.hello,meta.hello',
];

/** A JSON text that is a little, or quite, different from what the value would be. */
export function mutatedText(value: unknown, random: SeededRandom): string {
  let tree = treeOf(structuredClone(value));
  const times = 1 + random.below(3);
  for (let time = 0; time < times; time += 1) tree = mutated(tree, random);
  const text = textOf(tree);
  return random.chance(0.15) ? damaged(text, random) : text;
}

function mutated(root: JsonTree, random: SeededRandom): JsonTree {
  let whole = root;
  const places = placesOf({
    tree: root,
    replace: (tree) => {
      whole = tree;
    },
  });
  const place = random.pick(places);
  const { tree } = place;
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      place.replace(trap(random));
      break;
    case 3:
      place.replace(random.pick(nearlyRight));
      break;
    case 4:
      place.replace(otherType(tree, random));
      break;
    case 5:
      if (tree instanceof Entries && tree.list.length > 0)
        tree.list.splice(random.below(tree.list.length), 1);
      else if (Array.isArray(tree) && tree.length > 0) tree.splice(random.below(tree.length), 1);
      else place.replace(trap(random));
      break;
    case 6:
      addKey(placesOf({ tree, replace: () => {} }), random);
      break;
    case 7:
      place.replace(random.chance(0.5) ? [tree] : new Entries([['a', tree]]));
      break;
    case 8:
      place.replace(copyOf(random.pick(places).tree));
      break;
    default:
      // Often enough to be too much, and not so often that it fills the memory of the test.
      if (textOf(tree).length < 5_000)
        place.replace(Array.from({ length: random.pick([2, 11, 101]) }, () => copyOf(tree)));
  }
  return whole;
}

/** Parts that stand in several places must be several: what is put into one would come to stand inside itself. */
function copyOf(tree: JsonTree): JsonTree {
  if (tree instanceof Entries) return new Entries(tree.list.map(([key, value]) => [key, copyOf(value)]));
  return Array.isArray(tree) ? tree.map(copyOf) : tree;
}

function otherType(tree: JsonTree, random: SeededRandom): JsonTree {
  switch (typeof tree) {
    case 'string':
      return random.pick<JsonTree>([Number(tree) || 7, [tree], null, true]);
    case 'number':
      return random.pick<JsonTree>([String(tree), [tree], null, tree + 0.5, -tree]);
    case 'boolean':
      return random.pick<JsonTree>([String(tree), Number(tree), null]);
    default:
      return random.pick<JsonTree>(['', 0, false, textOf(tree).slice(0, 100)]);
  }
}

/** Gives an object another key: one it has already, one of JavaScript's own, or one that nobody knows. */
function addKey(places: ReturnType<typeof placesOf>, random: SeededRandom): void {
  const objects = places.flatMap(({ tree }) => (tree instanceof Entries ? [tree] : []));
  if (objects.length === 0) return;
  const { list } = random.pick(objects);
  const own = list.length === 0 ? 'a' : random.pick(list)[0];
  const key = random.pick([own, ...namesOfJavaScript, '', '\u0000', 'x'.repeat(2_000)]);
  const value: JsonTree = random.pick<JsonTree>([
    new Entries([['polluted', true]]),
    new Entries([['prototype', new Entries([['polluted', true]])]]),
    'polluted',
    null,
  ]);
  list.splice(random.below(list.length + 1), 0, [key, value]);
}

/** Text that was cut, doubled, or got other characters. */
export function damaged(text: string, random: SeededRandom): string {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at);
    case 2:
      return text + text.slice(0, 1_000);
    case 3:
      return (
        text.slice(0, at) +
        random.pick(['"', '\\', '{', ']', ',', '\u0000', '\ud800', ' ', '\n', 'e']) +
        text.slice(at + 1)
      );
    default:
      return text.slice(0, at) + String.fromCharCode(random.below(0x1_0000)) + text.slice(at);
  }
}
