import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take minutes, the longest first. Of all others, any order does. */
const longest = [
  'soak/soak',
  'storage/kill-rig',
  'model/model',
  'faults/damaged-files',
  'storage/differential',
  'faults/failing-disks',
  'fuzz/live-fuzz',
  'fuzz/exhaustion',
  'planted-faults/planted-faults',
  'network/slow-links',
  'network/laggards',
  'storage/crash-states',
  'fuzz/decoder-fuzz',
  'network/every-byte',
  'network/dead-peers',
];

/** Begins with what takes longest: begun last, it would go on alone while everything else has ended. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = longest.findIndex((name) => moduleId.endsWith(`/${name}.heavy.test.ts`));
  return rank === -1 ? longest.length : rank;
}
