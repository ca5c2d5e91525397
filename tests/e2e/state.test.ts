import type { SessionState } from '@perdure/client';
import { emptySessionState, reduceSession, windowSessionState } from '@perdure/protocol';
import { scriptedAgent } from '@perdure/server';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLog } from './support/event-log.ts';
import { type RunningServer, runningServer } from './support/running-server.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const word = fc.string({ maxLength: 20 });
const step = fc.oneof(
  word.map((text) => ({ text })),
  word.map((thinking) => ({ thinking })),
  fc.record({
    tool: fc.record({ name: fc.constant('search'), input: fc.json().map((text) => JSON.parse(text)) }),
  }),
  word.map((output) => ({ tool: { name: 'search', input: null, output } })),
  word.map((message) => ({ block: { type: 'system' as const, subtype: 'log' as const, message } })),
  fc.constant({ flush: true as const }),
);
const ending = fc.oneof(
  fc.constant({ end: { usage: { inputTokens: 1, outputTokens: 2 } } }),
  word.map((message) => ({ fail: { message } })),
  fc.constant({ throws: new Error('boom') }),
);
const turn = fc.tuple(fc.array(step, { maxLength: 12 }), ending).map(([steps, end]) => [...steps, end]);
const session = fc.record({
  turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
  title: fc.string({ maxLength: 30 }),
});
type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Turn = ValueOf<typeof turn>;
type Session = ValueOf<typeof session>;

const stateOf = async (server: RunningServer, id: string): Promise<SessionState> =>
  (await server.ask('GET', `/v1/sessions/${id}`)).body.state;

test('[C3][C11] the server, a client that followed, one that comes later, and a server started anew have one state', {
  timeout: 120_000,
}, async () => {
  using directory = temporaryDirectory();
  const plans = new Map<string, Turn>();
  const agents = { agent: scriptedAgent((run) => plans.get(run.turn.text) ?? []) };
  const states = new Map<string, SessionState>();
  {
    await using server = await runningServer({ agents, directory: directory.path });
    const client = server.client();
    const play = async ({ turns, title }: Session) => {
      const { id } = await client.sessions.create({ title });
      const followed = client.session(id);
      followed.subscribe(() => {});
      for (const [index, steps] of turns.entries()) {
        plans.set(`${id} ${index}`, steps);
        const { runId = '' } = await followed.submit(`${id} ${index}`);
        await followed.run({ runId, wait: 30 });
      }
      await server.runtime.host.unloadSession(id); // the environment's end is told before the states are compared
      const state = await stateOf(server, id);
      await expect.poll(() => followed.getSnapshot().state, { timeout: 10_000 }).toEqual(state);
      expect(await server.client().session(id).load()).toEqual(state);
      const log = await readLog(client, id);
      expect(windowSessionState(log.reduce(reduceSession, emptySessionState(id)))).toEqual(state);
      states.set(id, state);
    };
    await fc.assert(fc.asyncProperty(session, play), { numRuns: 15, endOnFailure: true });
  }
  await using server = await runningServer({ agents, directory: directory.path });
  for (const [id, state] of states) expect(await stateOf(server, id)).toEqual(state);
  expect(states.size).toBe(15);
});
