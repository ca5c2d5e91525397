import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { scratchCopy } from '../planted-faults/scratch-copy.ts';
import { type PlayedSeeds, playSeeds, seedsFrom } from './played-seeds.ts';
import { runSeed } from './world/run-seed.ts';

const SEEDS = 1_000;
/** A busy machine takes several times as long as an idle one. */
const TIMEOUT_MS = 240_000;

describe(`${SEEDS} seeds of the simulator`, () => {
  let played: PlayedSeeds;
  beforeAll(async () => {
    played = await playSeeds(seedsFrom(1, SEEDS));
  }, TIMEOUT_MS);

  test('[D1] [D2] [C3] followers are sent the log byte for byte, adjoining, each event once, and nothing else', () => {
    expect(played.failures('I4', 'I5', 'I7', 'I14')).toEqual([]);
    for (const way of ['half-open', 'frame cut-short', 'late old link', 'close 4008', 'empty frame'])
      expect([way, played.reached(way)]).not.toEqual([way, 0]);
  });

  test('[C12] [D5] [Q1] [Q2] a place in the log is gone on from, any other gets a snapshot that is the fold, and nothing is sent twice', () => {
    expect(played.failures('I6', 'I12')).toEqual([]);
    for (const reason of ['start', 'epoch', 'ahead'])
      expect([reason, played.reached(`snapshot ${reason}`)]).not.toEqual([reason, 0]);
    for (const way of ['snapshot retention at start', 'follower overtaken by retention'])
      expect([way, played.reached(way)]).not.toEqual([way, 0]);
    expect(played.reached('older database restored')).toBeGreaterThan(0);
    expect(played.reached('refused invalid-cursor')).toBeGreaterThan(0);
  });

  test('[D7] [H3] [H7] what was acknowledged or shown outlives every crash, and recovering again changes nothing', () => {
    expect(played.failures('I1', 'I3', 'I17')).toEqual([]);
    for (const way of [
      'host crash',
      'run:interrupted crash',
      'run:interrupted store',
      'queue resumed by recovery',
    ])
      expect([way, played.reached(way)]).not.toEqual([way, 0]);
  });

  test('[H5] a claim has one writer: who lost it writes nothing', () => {
    expect(played.failures('I8')).toEqual([]);
    for (const outcome of ['fenced', 'conflict', 'deleted'])
      expect([outcome, played.reached(`append ${outcome}`)]).not.toEqual([outcome, 0]);
  });

  test('[J4] a command has one effect and one answer, or none and a refusal', () => {
    expect(played.failures('I2', 'I9')).toEqual([]);
    for (const way of [
      'duplicate command',
      'answer lost',
      'request sent twice',
      'refused idempotency-mismatch',
    ])
      expect([way, played.reached(way)]).not.toEqual([way, 0]);
  });

  test('[J6] [J10] runs are controlled on committed state, end once, with all that is open in them, and are not spoken for by others', () => {
    expect(played.failures('I10', 'control')).toEqual([]);
    for (const way of ['agent late', 'agent stubborn', 'run:cancelled', 'run:failed', 'run:completed'])
      expect([way, played.reached(way)]).not.toEqual([way, 0]);
  });

  test('[D7] when the faults stop everyone comes to rest at the head, buffers stay bounded, and nothing is left at the end', () => {
    expect(played.failures('I11', 'I13', 'I16', 'sim')).toEqual([]);
  });

  test('violates no other invariant either', () => {
    expect(played.failures()).toEqual([]);
    expect(played.reports).toHaveLength(SEEDS);
  });
});

test('[H7] seeds that found something once find nothing now', async () => {
  const text = readFileSync(join(import.meta.dirname, 'regressions.json'), 'utf8');
  const seeds = (JSON.parse(text) as readonly { readonly seed: number }[]).map(({ seed }) => seed);
  expect(seeds.length).toBeGreaterThan(0);
  const played = await playSeeds(seeds);
  expect(played.failures()).toEqual([]);
  expect(played.reports).toHaveLength(seeds.length);
}, 60_000);

// I20
test(
  '[H7] a seed is the same world every time, in one process and in another',
  async () => {
    const seeds = seedsFrom(9_000, 12);
    const hashes = ({ reports }: PlayedSeeds) =>
      new Map(reports.map(({ seed, hash, steps }) => [seed, `${hash} ${steps}`] as const));
    const [one, other] = [await playSeeds(seeds, 1), await playSeeds([...seeds].reverse(), 1)];
    expect(hashes(one)).toEqual(hashes(other));
    expect(new Set(hashes(one).values()).size).toBe(seeds.length);
    for (const seed of seeds.slice(0, 3)) {
      const { hash, steps } = await runSeed(seed);
      expect(`${hash} ${steps}`).toBe(hashes(one).get(seed));
    }
  },
  TIMEOUT_MS,
);

/** Every append answers as soon as it is asked for. */
const PLANTED = 'answers-before-fsync.patch';

test(
  '[H3] a planted fault is found, and the command that is printed finds it again',
  async () => {
    using copy = scratchCopy();
    copy.plant(join(import.meta.dirname, '..', 'planted-faults', 'patches', PLANTED));
    const sim = async (...args: readonly string[]) => {
      const node = ['--conditions=@perdure/source', 'tests/simulation/sim.ts', ...args];
      const ran = promisify(execFile)(process.execPath, node, { cwd: copy.directory, maxBuffer: 2 ** 26 });
      return ran.then(
        ({ stdout }) => ({ code: 0, stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
      );
    };
    const found = await sim('--seeds', '200', '--jobs', '1', '--stop-at-first-failure');
    expect(found.code).toBe(1);
    const sentence = /^Seed \d+ violates I\d+ at .*$/m.exec(found.stdout)?.[0] ?? 'no sentence';
    const command = /^Play it again: pnpm sim (.*)$/m.exec(found.stdout)?.[1] ?? 'no command';
    const again = await sim(...command.split(' '));
    expect(again.code).toBe(1);
    expect(again.stdout).toContain(sentence);
    expect(again.stdout).toContain('0 passed, 1 failed');
  },
  TIMEOUT_MS,
);
