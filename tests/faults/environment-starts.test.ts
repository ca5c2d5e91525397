import { echoAgent } from '@perdure/server';
import { localHost, MemorySessionStore } from '@perdure/server/testing';
import { expect, test } from 'vitest';
import { ask } from '../e2e/support/running-server.ts';
import { runServer, type ServerProcess, startServer } from '../e2e/support/server-process.ts';
import { temporaryDirectory } from '../e2e/support/temporary-directory.ts';
import starters from './support/agents.config.ts';
import { until } from './support/until.ts';
import { config } from './support/written-database.ts';

const crashed = 'The server ended while the environment was starting.';

test('[I6] an environment that fails to start ends in error with words for it, and the next message tries again', async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ directory: data.path, config });
  await submitTo(server, 'fails');
  const told = 'The environment could not start; the log of the server says why.';
  await until(async () => (await stateOf(server)).environment.status === 'error');
  expect((await stateOf(server)).environment).toMatchObject({ message: told });
  expect(server.stderr()).toContain('no such image');
  await ask(`${server.url}/v1/sessions/one`, 'PATCH', { body: { options: { start: 'works' } } });
  const { body } = await ask(`${server.url}/v1/sessions/one/messages`, 'POST', {
    body: { content: 'again' },
  });
  const run = await ask(`${server.url}/v1/sessions/one/runs/${body.runId}?wait=20`, 'GET');
  expect(run.body.status).toBe('completed');
});

test('[I6] an environment that was starting when its server was killed ends in error, and is started once more', async () => {
  using data = temporaryDirectory();
  const first = await startServer({ directory: data.path, config });
  const runId = await submitTo(first, 'hangs');
  await until(() => first.stderr().includes('the environment hangs'));
  expect((await stateOf(first)).environment.status).toBe('starting');
  await first.kill('SIGKILL');

  await using second = await startServer({ directory: data.path, config });
  await until(() => second.stderr().includes('the environment hangs'));
  expect(await environmentEventsOf(second)).toEqual([
    'environment:starting',
    `environment:error ${crashed}`,
    'environment:starting',
  ]);
  // What waits can be called off, and a stop does not wait for what hangs.
  expect((await ask(`${second.url}/v1/sessions/one/interrupt`, 'POST', { body: { runId } })).status).toBe(
    202,
  );
  expect((await second.kill('SIGTERM')).code).toBe(0);
  await using third = await startServer({ directory: data.path, config });
  expect((await stateOf(third)).environment.status).toBe('terminated');
});

test('[I6] an environment whose start ends the server is started three times, and then held back', async () => {
  using data = temporaryDirectory();
  const first = await startServer({ directory: data.path, config });
  await submitTo(first, 'dies').catch(() => undefined); // the answer may go down with it
  expect((await first.exited).signal).toBe('SIGKILL');
  for (let start = 2; start <= 3; start += 1) {
    expect((await runServer({ directory: data.path, config })).signal).toBe('SIGKILL');
  }
  await using last = await startServer({ directory: data.path, config });
  await until(async () => (await stateOf(last)).held === 'crashes');
  expect((await stateOf(last)).environment).toMatchObject({ status: 'error', message: crashed });
  expect((await environmentEventsOf(last)).filter((text) => text.includes('error'))).toHaveLength(3);
  expect((await ask(`${last.url}/v1/sessions`, 'POST', { body: { id: 'two' } })).status).toBe(201);
});

test('[I6][A14] an environment that hangs ends in error when its time is over; one that is left behind holds nothing up', async () => {
  const store = new MemorySessionStore({});
  await store.open();
  const agents = { ...starters.agents, echo: echoAgent() };
  const { host } = localHost({ store, agents, times: { startMs: 50, stopMs: 50 } });
  const { session } = await host.createSession({ id: 'one', agent: 'starter', options: { start: 'hangs' } });
  await session.submit({ content: 'hello' });
  const hasFailed = async () => (await session.get()).state.environment.status === 'error';
  await until(hasFailed);
  expect((await session.get()).state.environment.message).toContain('could not start');

  await session.submit({ content: 'once more' });
  expect((await session.get()).state.environment.status).toBe('starting');
  await host.unloadSession('one');
  expect((await session.get()).state.environment.status).toBe('terminated');
  await host.loadSession('one'); // what waits starts it again
  await until(hasFailed);
  await session.update({ options: { start: 'works' } });
  const { runId = '' } = await session.submit({ content: 'and again' });
  expect(await session.run({ runId, wait: 20 })).toMatchObject({ status: 'completed' });
  await host.shutdown({ deadlineMs: 5_000 });
});

async function submitTo({ url }: ServerProcess, start: string): Promise<string> {
  const body = { id: 'one', agent: 'starter', options: { start } };
  expect((await ask(`${url}/v1/sessions`, 'POST', { body })).status).toBe(201);
  return (await ask(`${url}/v1/sessions/one/messages`, 'POST', { body: { content: 'hello' } })).body.runId;
}

async function stateOf({ url }: ServerProcess) {
  return (await ask(`${url}/v1/sessions/one`, 'GET')).body.state;
}

/** Each with its message, if it has one. */
async function environmentEventsOf({ url }: ServerProcess): Promise<string[]> {
  const { body } = await ask(`${url}/v1/sessions/one/events?limit=100`, 'GET');
  return (body.items as { type: string; payload: { message?: string } }[])
    .filter(({ type }) => type.startsWith('environment:'))
    .map(({ type, payload: { message } }) => (message === undefined ? type : `${type} ${message}`));
}
