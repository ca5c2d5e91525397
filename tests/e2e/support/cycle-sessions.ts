// A program of its own: makes and deletes sessions over HTTP and prints what its process holds before and after.
// node --expose-gc --conditions=@perdure/source cycle-sessions.ts DIRECTORY CYCLES
import { setImmediate } from 'node:timers/promises';
import { createAgentRuntime, echoAgent } from '@perdure/server';
import { ask } from './running-server.ts';

const [directory = '', cycles = '0'] = process.argv.slice(2);
const AT_ONCE = 20;

const runtime = createAgentRuntime({
  agents: { echo: echoAgent() },
  store: { type: 'sqlite', directory, durability: 'process' },
  logger: 'warn',
});
const { url } = await runtime.listen({ port: 0 });

/** Everything that a session can bring with it: a run, an environment, a follower. */
async function cycle(id: string): Promise<void> {
  await ask(`${url}/v1/sessions`, 'POST', { body: { id, options: { delayMs: 0 }, message: 'one two' } });
  const left = new AbortController();
  const headers = { accept: 'text/event-stream' };
  const stream = await fetch(`${url}/v1/sessions/${id}/events`, { headers, signal: left.signal });
  const { body } = await ask(`${url}/v1/sessions/${id}/runs`, 'GET');
  await ask(`${url}/v1/sessions/${id}/runs/${body.items[0]?.runId}?wait=30`, 'GET');
  const deleted = await ask(`${url}/v1/sessions/${id}`, 'DELETE');
  if (deleted.status !== 204) throw new Error(deleted.text);
  const told = await stream.text();
  if (!told.includes('session-deleted')) throw new Error(`The follower was not told: ${told}`);
}

async function run(count: number, name: string): Promise<void> {
  let next = 0;
  const workers = Array.from({ length: AT_ONCE }, async () => {
    while (next < count) {
      next += 1;
      await cycle(`${name}-${next}`);
    }
  });
  await Promise.all(workers);
}

function listenersOf(): number {
  const { names, count } = { names: process.eventNames(), count: process.listenerCount.bind(process) };
  return names.reduce((sum, name) => sum + count(name), 0);
}

/** What is left once everything that is over has been let go. */
async function measure() {
  const count = (...types: string[]) =>
    process.getActiveResourcesInfo().filter((resource) => types.includes(resource)).length;
  for (let round = 0; round < 10; round += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  return {
    heap: process.memoryUsage().heapUsed,
    timers: count('Timeout', 'Immediate'),
    handles: process.getActiveResourcesInfo().filter((type) => !type.startsWith('TCP')).length,
    listeners: listenersOf(),
    loaded: (await runtime.host.getLoadedSessionIds()).length,
  };
}

await run(200, 'warm-up');
const before = await measure();
await run(Number(cycles), 'cycle');
const after = await measure();
await runtime.shutdown({ deadlineMs: 5_000 });
console.log(JSON.stringify({ before, after }));
