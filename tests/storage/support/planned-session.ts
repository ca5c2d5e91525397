// The n-th append of a session is the same wherever it is asked for: what a program sent need not be sent to its judge.
import type { RunState } from '@perdure/protocol';
import type { Append, BlockRow, NewRow } from '../../../packages/server/src/store/session-store.ts';
import {
  sampleBlock,
  sampleRow,
  sampleRun,
} from '../../../packages/server/src/testing/session-store-samples.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** What one append brings, the first one being that of the creation. */
export type PlannedAppend = Required<Pick<Append, 'rows' | 'blocks' | 'runs' | 'record'>> &
  Pick<Append, 'command' | 'snapshot' | 'floor'> & { readonly head: number };

const types = ['block:delta', 'block:delta', 'block:delta', 'log', 'run:started', 'audit'] as const;

/** A session's appends, each planned from its name and its number. */
export class PlannedSession {
  readonly name: string;
  readonly #appends: PlannedAppend[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The append number `number`, 0 being the creation. */
  at(number: number): PlannedAppend {
    for (let next = this.#appends.length; next <= number; next += 1) {
      this.#appends.push(planned(this.name, next, this.#appends));
    }
    return this.#appends[number] ?? never();
  }

  /** All rows, blocks and so on of the appends up to number `number`. */
  upTo(number: number): readonly PlannedAppend[] {
    this.at(number);
    return this.#appends.slice(0, number + 1);
  }
}

/** `s1.2 17`: the 17th append to the third session that had the id `s1`. */
export const titleOf = (name: string, number: number) => `${name} ${number}`;

function planned(name: string, number: number, before: readonly PlannedAppend[]): PlannedAppend {
  const after = before.at(-1)?.head ?? 0;
  const random = seededRandom(number, name);
  const rows =
    number === 0 ? [sampleRow(0, { type: 'session:created' })] : rowsOf(name, number, after, random.below);
  const head = rows.at(-1)?.through ?? after;
  const blocks: BlockRow[] =
    number % 3 === 1 ? [sampleBlock(head, `${name} ${number} ${'b'.repeat(random.below(600))}`)] : [];
  const runs: RunState[] = [sampleRun(`r${Math.floor(number / 4)}`, { attempt: number + 1 })];
  return {
    rows,
    head,
    blocks,
    runs,
    record: { title: titleOf(name, number), unsettled: number % 2 === 1, lastText: `${number}` },
    ...(number % 2 === 1 && {
      command: { principalId: 'ann', commandId: `c${number}`, hash: `h${number}`, result: { head } },
    }),
    ...(number % 5 === 4 && {
      snapshot: {
        through: head,
        stateVersion: 1,
        body: `{"number":${number},"x":"${'s'.repeat(random.below(3_000))}"}`,
      },
    }),
    // One of the bases: what was appended up to five before it is not kept any more.
    ...(number % 15 === 14 && { floor: before.at(-5)?.head ?? 0 }),
  };
}

function rowsOf(name: string, number: number, after: number, below: (limit: number) => number): NewRow[] {
  const rows: NewRow[] = [];
  for (let left = 1 + below(3); left > 0; left -= 1) {
    const place: number = rows.at(-1)?.through ?? after;
    const type = types[below(types.length)] ?? 'log';
    const through = place + 1 + (type === 'block:delta' ? below(4) : 0);
    const body = `"${name} ${number} ${'x'.repeat(below(2_500))}"`;
    rows.push({ after: place, through, type, audience: type === 'audit' ? 'server' : 'client', body });
  }
  return rows;
}

function never(): never {
  throw new Error('There is no such append.');
}
