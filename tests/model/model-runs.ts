import fc from 'fast-check';
import { arbitraryCommand } from './arbitrary-command.ts';
import { AddClient } from './commands/add-client.ts';
import { CreateSession } from './commands/create-session.ts';
import { FollowSession } from './commands/follow-session.ts';
import { checkWorld } from './rules/check-world.ts';
import { ServerUnderTest } from './server/server-under-test.ts';
import { WorldModel } from './session-model.ts';
import { settle } from './rules/settle.ts';
import { type Counts, World } from './world.ts';
import type { WorldCommand } from './world-command.ts';

export interface ModelRunsPlan {
  readonly runs: number;
  readonly maxCommands: number;
  readonly seed: number;
  /** The test file, for the command that repeats a failure. */
  readonly file: string;
  /** Runs that come after so long are not made. */
  readonly limitMs: number;
  /**
   * How long a failure is made smaller. A run of real processes takes about a second, and those that fail by never coming
   * to an end take twenty.
   */
  readonly shrinkingMs: number;
}

/** Sessions that one run plays with. */
const SESSIONS = ['a', 'b', 'c'];

interface Replay {
  readonly seed: number;
  readonly path: string;
  readonly replayPath: string;
}

/**
 * Random commands on a real server, real clients and a network that breaks, held against a model. Answers what was come to;
 * throws with the shortest commands that fail, and how to repeat them.
 */
export async function modelRuns(plan: ModelRunsPlan): Promise<Counts> {
  const { runs, maxCommands, seed, file, limitMs, shrinkingMs } = plan;
  const counts: Counts = new Map();
  const replay = replayAsked();
  await using server = new ServerUnderTest();
  await server.start();
  let made = 0;
  let failedAtMs: number | undefined;
  let trace: readonly string[] = [];

  async function run(commands: Iterable<WorldCommand>): Promise<void> {
    if (failedAtMs !== undefined && performance.now() - failedAtMs > shrinkingMs) fc.pre(false);
    made += 1;
    const model = new WorldModel(SESSIONS.map((name) => `r${made}${name}`));
    await using world = new World(server, counts);
    try {
      await begin(model, world);
      await fc.asyncModelRun(() => ({ model, real: world }), counted(commands));
      world.note('the end');
      await settle(world, model);
      await checkWorld(world, model);
      for (const { id } of model.living) await world.ask('DELETE', `/v1/sessions/${id}`);
    } catch (error) {
      failedAtMs ??= performance.now();
      ({ trace } = world);
      throw error;
    }
  }

  const commands = fc.commands([arbitraryCommand], {
    maxCommands,
    size: 'max',
    ...(replay === undefined ? {} : { replayPath: replay.replayPath }),
  });
  const details = await fc.check(fc.asyncProperty(commands, run), {
    numRuns: runs,
    seed,
    interruptAfterTimeLimit: limitMs,
    unbiased: true, // biased runs are short ones
    ...(replay === undefined ? {} : { seed: replay.seed, path: replay.path }),
  });
  if (details.failed) throw new Error(reportOf(details, { file, trace, words: server.words }));
  counts.set('runs', details.numRuns);
  return counts;
}

/** The same commands, of which those that can be done are counted. */
function* counted(commands: Iterable<WorldCommand>): Generator<WorldCommand> {
  for (const command of commands) {
    yield {
      check: (model) => command.check(model),
      run: (model, world) => {
        world.count('commands');
        return command.run(model, world);
      },
      toString: () => command.toString(),
    };
  }
}

/** Something to do things to: a session, and a page that shows it. */
async function begin(model: WorldModel, world: World): Promise<void> {
  const commands = [
    new CreateSession(0),
    new AddClient({ person: 'ann', isStreaming: false }),
    new FollowSession({ client: 0, slot: 0, kind: 'view', from: 'snapshot', number: 0, types: undefined }),
  ];
  for (const command of commands) await command.run(model, world);
}

function replayAsked(): Replay | undefined {
  const text = process.env['MODEL_REPLAY'];
  return text === undefined ? undefined : JSON.parse(text);
}

function reportOf(
  {
    counterexample,
    seed,
    counterexamplePath: path,
    errorInstance,
    numShrinks,
  }: fc.RunDetails<[Iterable<WorldCommand>]>,
  { file, trace, words }: { file: string; trace: readonly string[]; words: string },
): string {
  const text = String(counterexample?.[0]);
  const replayPath = text.match(/replayPath="([^"]*)"/)?.[1] ?? '';
  const replay = JSON.stringify({ seed, path, replayPath });
  const mode = file.includes('.heavy.') ? ' --mode heavy' : '';
  return [
    String((errorInstance as Error | null)?.stack ?? errorInstance),
    `after ${numShrinks} shrinks: ${text}`,
    `Repeat it: MODEL_REPLAY='${replay}' pnpm exec vitest run --project tests${mode} ${file}`,
    `What happened:\n${trace.join('\n')}`,
    `What the server wrote:\n${words}`,
  ].join('\n\n');
}
