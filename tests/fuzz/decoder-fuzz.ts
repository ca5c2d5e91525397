import { isPerdureError } from '@perdure/protocol';
import * as fc from 'fast-check';
import { type SeededRandom, seededRandom } from '../support/seeded-random.ts';
import { rememberPrototypes } from './support/built-in-prototypes.ts';
import {
  type JsonReader,
  jsonReaders,
  readOutbox,
  type TextReader,
  textReaders,
} from './support/decoders.ts';
import { inCase } from './support/fuzz-case.ts';
import { damaged, mutatedText, namesOfJavaScript, nearlyRight } from './support/mutate-json.ts';

export interface DecoderFuzzOutcome {
  readonly cases: number;
  readonly readers: number;
  readonly taken: number;
  readonly refused: number;
}

type Verdict = 'taken' | 'refused';

/** Samples that are made for each reader; mutation makes as many cases of them as are wanted. */
const SAMPLES = 20;
/** Cases between two whole looks at the prototypes; a short one follows each case. */
const CASES_A_LOOK = 2_000;

/** Gives every reader of foreign input what it is not meant for. */
export async function fuzzDecoders({
  seed,
  cases,
}: {
  readonly seed: number;
  readonly cases: number;
}): Promise<DecoderFuzzOutcome> {
  const readers = [...jsonReaders(), ...textReaders()];
  const changedPrototypes = rememberPrototypes();
  const outcome = { cases: 0, readers: readers.length + 1, taken: 0, refused: 0 };
  const each = Math.ceil(cases / outcome.readers);

  const note = async (name: string, text: string, run: () => Verdict | Promise<Verdict>) => {
    const place = `seed ${seed}, ${name}`;
    outcome[await inCase(place, text, async () => run())] += 1;
    outcome.cases += 1;
    if (Reflect.ownKeys(Object.prototype).length !== prototypeKeys)
      throw new Error(`${place} reached Object.prototype: ${text}`);
    if (outcome.cases % CASES_A_LOOK !== 0) return;
    const changed = changedPrototypes();
    if (changed.length > 0) throw new Error(`${place}, or one before it, changed ${changed.join(', ')}`);
  };
  for (const reader of readers) {
    const samples = fc.sample(reader.samples, { seed, numRuns: SAMPLES });
    const random = seededRandom(seed, reader.name);
    for (let made = 0; made < each; made += 1) {
      const text = textFor(reader, random.pick(samples), random);
      await note(reader.name, text, () => judge(reader, text));
    }
  }
  const random = seededRandom(seed, 'outbox');
  const kept = [{ commandId: 'a', message: { content: 'hello' }, error: { code: 'internal', message: 'x' } }];
  for (let made = 0; made < each; made += 1) {
    const text = mutatedText(kept, random);
    const read = async (): Promise<Verdict> => {
      await readOutbox(text);
      return 'taken';
    };
    await note('the outbox', text, read);
  }
  return outcome;
}

const prototypeKeys = Reflect.ownKeys(Object.prototype).length;

function textFor(reader: JsonReader | TextReader, sample: unknown, random: SeededRandom): string {
  if (reader.takes === 'json') return mutatedText(sample, random);
  const text = String(sample);
  switch (random.below(6)) {
    case 0:
      return random.pick(nearlyRight);
    case 1:
      return (
        text +
        random.pick(namesOfJavaScript.flatMap((name) => [`&${name}=1`, `&metadata.${name}=1`, `.${name}`]))
      );
    case 2:
      return text.repeat(random.below(40));
    case 3:
      return mutatedText(text, random);
    default:
      return damaged(damaged(text, random), random);
  }
}

/** Throws unless the reader takes the text, for good, or refuses it by an error of ours. */
export function judge(reader: JsonReader | TextReader, text: string): Verdict {
  if (reader.takes === 'text') return judgeRead(reader, text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'refused';
  }
  return judgeRead(reader, value);
}

function judgeRead<T>(reader: { read(input: T): unknown; write?(value: unknown): T }, input: T): Verdict {
  let value: unknown;
  try {
    value = reader.read(input);
  } catch (error) {
    if (isPerdureError(error)) return 'refused';
    throw error;
  }
  if (reader.write === undefined) return 'taken';
  const again = reader.read(reader.write(value));
  if (JSON.stringify(again) !== JSON.stringify(value))
    throw new Error('What was read is not what is read of it when it is written again.');
  return 'taken';
}
