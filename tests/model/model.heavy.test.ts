import { expect, test } from 'vitest';
import { measured } from '../support/record-figure.ts';
import { modelRuns } from './model-runs.ts';
import type { Counts } from './world.ts';

const RUNS = 300;
const MAX_COMMANDS = 60;

/** What is worth nothing if a long run never comes to it. */
const goals = [
  'kills',
  'kills amid commands',
  'restarts',
  'unloads',
  'deletions',
  'ids taken again',
  'answers lost',
  'reloads with unsent messages',
  'repetitions',
  'interrupts',
  'runs completed',
  'runs cancelled',
  'deltas compacted',
  'snapshot: start',
  'snapshot: epoch',
  'snapshot: ahead',
  'followers ended by session-deleted',
  'followers ended by session-not-found',
  'followers ended by invalid-cursor',
  'network: cut',
  'network: deafen',
  'network: break',
] as const;

test('[D1][D2][D5][D6][D7][D14][F3][J1][J4][J6][J10][A15][Q2] a server, its clients and their network are as the model says: 300 runs', {
  timeout: 1_200_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  const counts = await measured(
    {
      what: 'A real server, real clients and a breaking network against a model',
      size: `${RUNS} runs of up to ${MAX_COMMANDS} commands`,
    },
    () =>
      modelRuns({
        runs: RUNS,
        maxCommands: MAX_COMMANDS,
        seed,
        file: 'tests/model/model.heavy.test.ts',
        limitMs: 1_000_000,
        shrinkingMs: 120_000,
      }),
    foundIn,
  );
  expect(counts.get('runs'), `runs of seed ${seed}`).toBe(RUNS);
  expect(
    goals.filter((goal) => (counts.get(goal) ?? 0) === 0),
    `not come to with seed ${seed}`,
  ).toEqual([]);
});

function foundIn(counts: Counts): string {
  const of = (name: string) => counts.get(name) ?? 0;
  return `0 counterexamples; ${of('commands')} commands, ${of('kills')} kills, ${of('restarts')} restarts, ${of('answers lost')} answers lost, ${of('ids taken again')} ids taken again`;
}
