// `pnpm fixtures`: records what a release has added to the protocol version, so that no later one takes it away. What
// is recorded already is never changed: if it no longer fits, that is a break, and the script says so and writes nothing.
import * as fc from 'fast-check';
import type * as z from 'zod';
import { errorBodySchema, wireErrorCodes } from '../src/contract/error-answer-schema.ts';
import { errorMeanings } from '../src/error-meanings.ts';
import type { AnyEvent, Json } from '../src/index.ts';
import { contract, eventSchema, followFrameSchema, leavesOf } from '../src/schemas.ts';
import { arbitraryOf } from '../test/arbitrary-of.ts';
import { eventTypes } from '../test/every-schema.ts';
import { fixtureFaults } from '../test/fixture-faults.ts';
import { readFixture, writeFixture } from '../test/fixture-files.ts';
import { schemaBreaks } from '../test/schema-breaks.ts';
import { schemaSnapshot } from '../test/schema-snapshot.ts';

const faults = [...fixtureFaults(), ...schemaBreaks(readFixture('schema'), schemaSnapshot())];
if (faults.length > 0) {
  console.error(`Recorded fixtures no longer hold:\n  ${faults.join('\n  ')}`);
  console.error('Within a protocol version things are only added. Undo the change, or make a new version.');
  process.exit(1);
}

const samplesOf = (schema: z.ZodType): Json[] => {
  const complete = arbitraryOf(schema, { isComplete: true });
  return fc.sample(complete, { numRuns: 1, seed: 1 }) as Json[];
};
const leaves = [...leavesOf(contract)].filter(([, { kind }]) => kind !== 'http');

record('events', eventTypes, (type) => samplesOf(eventSchema(type)) as unknown as AnyEvent[]);
record(
  'frames',
  followFrameSchema.options.map((frame) => frame.shape.kind.value),
  (kind) => followFrameSchema.options.filter((frame) => frame.shape.kind.value === kind).flatMap(samplesOf),
);
record('errors', wireErrorCodes, (code) => ({
  error: errorBodySchema.parse({ code, message: errorMeanings[code] }),
}));
record(
  'inputs',
  leaves.map(([path]) => path),
  (path) => samplesOf(leafAt(path).input),
);
record(
  'answers',
  leaves.map(([path]) => path),
  (path) => samplesOf(leafAt(path).output),
);
writeFixture('schema', schemaSnapshot());

function record<N extends 'events' | 'frames' | 'errors' | 'inputs' | 'answers', K extends string>(
  name: N,
  keys: readonly K[],
  make: (key: K) => unknown,
): void {
  const recorded: Record<string, unknown> = readFixture(name);
  const missing = keys.filter((key) => !(key in recorded));
  if (missing.length === 0) return;
  const added = Object.fromEntries(missing.map((key) => [key, make(key)]));
  writeFixture(name, { ...recorded, ...added } as never);
  console.log(`${name}.json: added ${missing.join(', ')}`);
}

function leafAt(path: string) {
  const [, leaf] = leaves.find(([candidate]) => candidate === path) ?? [];
  if (leaf === undefined) throw new Error(`no leaf ${path}`);
  return leaf;
}
