import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Mode } from '../world/plan.ts';

/** What `pnpm sim` was asked for. */
export interface SimOptions {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly stopAtFirstFailure: boolean;
  readonly mode: Mode | undefined;
  /** Where the result goes as JSON. */
  readonly json: string | undefined;
  /** Every line of what happens; in one process. */
  readonly trace: boolean;
}

const USAGE = `Usage: pnpm sim [--seeds N] [--from N] [--jobs N] [--stop-at-first-failure] [--mode safety|liveness] [--json FILE] [--trace]`;

/** Reads the arguments; throws what to say about wrong ones. */
export function readSimOptions(args: readonly string[]): SimOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      'stop-at-first-failure': { type: 'boolean', default: false },
      mode: { type: 'string' },
      json: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  const { mode } = values;
  if (mode !== undefined && mode !== 'safety' && mode !== 'liveness') throw new Error(USAGE);
  return {
    seeds: wholeNumber(values.seeds),
    from: wholeNumber(values.from),
    jobs: Math.max(1, wholeNumber(values.jobs)),
    stopAtFirstFailure: values['stop-at-first-failure'],
    mode,
    json: values.json,
    trace: values.trace,
  };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(USAGE);
  return Number(text);
}
