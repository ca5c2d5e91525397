import type { Content, JsonObject } from '@perdure/protocol';
import { describe, expect, it } from 'vitest';
import type { ExecutionEnvironment, RunEnd } from '../environment/execution-environment.ts';
import { RecordedSession, type RecordedTurn } from './recorded-session.ts';

/** What somebody says to the environment, and the session's options as they are then. */
export interface ContractTurn {
  readonly content: Content;
  readonly options?: JsonObject | undefined;
}

/** What a suite has to know of an environment to try it. */
export interface ExecutionEnvironmentSubject {
  /** A new one, not started. */
  create(): ExecutionEnvironment | Promise<ExecutionEnvironment>;
  readonly turns: {
    /** It answers with a text and completes. */
    readonly answered: ContractTurn;
    /** It says something and goes on until it is aborted. */
    readonly endless: ContractTurn;
    /** Its run fails: it rejects, or ends as failed. None, if nothing that is said makes it fail. */
    readonly failing?: ContractTurn | undefined;
  };
  /** What is running or open on behalf of environments: processes, sockets, files. Default: this process' timers and children. */
  leftovers?(): readonly string[] | Promise<readonly string[]>;
}

/** An interrupt ends a run within a second, so an environment has less than that. */
const SETTLES_WITHIN_MS = 1_000;

/** What every execution environment must keep. Call it in a test file, once for each of them. */
export function executionEnvironmentContract(name: string, subject: ExecutionEnvironmentSubject): void {
  const { answered, endless, failing } = subject.turns;
  const leftovers = subject.leftovers ?? liveResources;

  const started = async (session: RecordedSession) => {
    const environment = await subject.create();
    await environment.start(session.context, new AbortController().signal);
    return environment;
  };
  const begin = (session: RecordedSession, { content, options }: ContractTurn) =>
    session.begin(content, options === undefined ? {} : { options });

  describe(`${name} as an execution environment`, () => {
    it('[I2] answers a message, and the next one after it', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const texts: string[] = [];
      for (const _ of [1, 2]) {
        const run = begin(session, answered);
        const end = await environment.run(run.turn, run.port, run.signal);
        expect(end.status).toBe('completed');
        run.end(end);
        texts.push(run.port.text);
        expect(session.state.activity).toBe('idle');
      }
      expect(texts).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
      await environment.stop('manual');
    });

    it('[I2] leaves no block open when it completes: each start has exactly one end', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, answered);
      await environment.run(run.turn, run.port, run.signal);
      expect(run.port.blocks.map(({ status }) => status)).not.toContain('pending');
      expect(ends(session)).toEqual(starts(session));
      await environment.stop('manual');
    });

    it('[I2] can be ended in the middle: what it left open is the session’s to end', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, endless);
      const settled = outcomeOf(environment, run);
      await session.until(() => run.port.blocks.length > 0);
      run.abort();
      await settled;
      run.end('cancelled');
      expect(session.state.runs).toMatchObject([{ status: 'cancelled' }]);
      expect(run.port.blocks.map(({ status }) => status)).not.toContain('pending');
      expect(ends(session)).toEqual(starts(session));
      await environment.stop('manual');
    });

    it('[I2] X1: it is ready for a run when its start has resolved, and for another when a run was aborted', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      expect(await environment.isHealthy()).toBe(true);
      const first = begin(session, endless);
      const settled = outcomeOf(environment, first);
      await session.until(() => first.port.blocks.length > 0);
      first.abort();
      await settled;
      first.end('cancelled');

      const second = begin(session, answered);
      const end = await environment.run(second.turn, second.port, second.signal);
      expect(end.status).toBe('completed');
      expect(second.port.text).toMatch(/\S/);
      await environment.stop('manual');
    });

    it('[I2] X2: an abort settles the run within a second', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, endless);
      const settled = outcomeOf(environment, run);
      await session.until(() => run.port.blocks.length > 0);
      const abortedAt = performance.now();
      run.abort();
      const outcome = await settled;
      expect(performance.now() - abortedAt).toBeLessThan(SETTLES_WITHIN_MS);
      expect(outcome).not.toMatchObject({ status: 'completed' });
      await environment.stop('manual');
    });

    it('[I2] X2: an abort settles a run that waits for the log', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, endless);
      run.port.fill();
      const settled = outcomeOf(environment, run);
      await session.until(() => run.port.blocks.length > 0);
      run.abort();
      expect(await settled).not.toMatchObject({ status: 'completed' });
      await environment.stop('manual');
    });

    it('[I2] X2: a run that is aborted before it began says nothing', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, answered);
      run.abort();
      await outcomeOf(environment, run);
      expect(run.port.blocks).toEqual([]);
      await environment.stop('manual');
    });

    if (failing !== undefined) {
      it('[I2] fails a run with a sentence, and answers the next message all the same', async () => {
        const session = new RecordedSession();
        const environment = await started(session);
        const run = begin(session, failing);
        const outcome = await outcomeOf(environment, run);
        expect(outcome.status).toBe('failed');
        expect(outcome.message).toMatch(/\w+ \w+/);
        run.end({ status: 'failed', code: 'agent-failed', message: 'failed', retryable: false });
        expect(ends(session)).toEqual(starts(session));

        const next = begin(session, answered);
        expect((await environment.run(next.turn, next.port, next.signal)).status).toBe('completed');
        await environment.stop('manual');
      });
    }

    it('[I2] says nothing once its run has ended', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, answered);
      const end = await environment.run(run.turn, run.port, run.signal);
      run.end(end);
      await environment.stop('manual');
      expect(run.port.dropped).toEqual([]);
    });

    it('[I2] does not start when it was called off', async () => {
      const environment = await subject.create();
      const reason = new Error('The session was closed.');
      const start = environment.start(new RecordedSession().context, AbortSignal.abort(reason));
      await expect(start).rejects.toThrow();
      await environment.stop('manual');
    });

    it('[I2] X3: stop ends an open run', async () => {
      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, endless);
      const settled = outcomeOf(environment, run);
      await session.until(() => run.port.blocks.length > 0);
      await environment.stop('manual');
      expect(await settled).not.toMatchObject({ status: 'completed' });
      expect(await environment.isHealthy()).toBe(false);
    });

    it('[I2] X3: stop leaves nothing, wherever it is called', async () => {
      const before = await leftovers();
      const unused = await subject.create();
      await unused.stop('idle');

      const session = new RecordedSession();
      const environment = await started(session);
      const run = begin(session, endless);
      const settled = outcomeOf(environment, run);
      await session.until(() => run.port.blocks.length > 0);
      run.abort();
      await Promise.all([settled, environment.stop('shutdown')]);
      await environment.stop('shutdown');
      await expect.poll(async () => withoutOnes(before, await leftovers())).toEqual([]);
    });
  });
}

type Outcome = { readonly status: RunEnd['status']; readonly message?: string };

/** How a run settles, a rejection included. */
async function outcomeOf(environment: ExecutionEnvironment, run: RecordedTurn): Promise<Outcome> {
  try {
    return await environment.run(run.turn, run.port, run.signal);
  } catch (error) {
    return { status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

const starts = (session: RecordedSession) => blockIdsOf(session, 'block:start');
const ends = (session: RecordedSession) => blockIdsOf(session, 'block:complete');

function blockIdsOf(session: RecordedSession, type: string): string[] {
  return session.events
    .filter((event) => event.type === type)
    .map((event) => (event.payload as { readonly block: { readonly id: string } }).block.id)
    .sort();
}

/** What there is more of than there was. */
function withoutOnes(before: readonly string[], now: readonly string[]): string[] {
  const known = [...before];
  return now.filter((name) => {
    const place = known.indexOf(name);
    if (place !== -1) known.splice(place, 1);
    return place === -1;
  });
}

/** What keeps this process busy. */
function liveResources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|Process/.test(name));
}
