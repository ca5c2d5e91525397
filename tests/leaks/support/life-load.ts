// A program of its own, so that none of its sockets outlives it: sessions are made, run, followed, taken from memory, brought
// back and deleted, some of them while they run. Its parent takes sessions from memory when it asks for that.
// node --conditions=@perdure/source life-load.ts URL COUNT NAME
import { ask } from '../../e2e/support/running-server.ts';
import { eventStream } from '../../e2e/support/event-stream.ts';

const [url = '', count = '0', name = ''] = process.argv.slice(2);
const AT_ONCE = 16;

/** Everything that a session can bring with it: runs, an environment each time it is loaded, a follower. */
async function quietLife(id: string): Promise<void> {
  await create(id, 'echo');
  await using stream = await eventStream(`${sessionUrl(id)}/events`);
  await endOf(id, await lastRun(id));
  await unload(id);
  await endOf(id, await submit(id)); // it is loaded again
  await remove(id);
  await stream.until(({ events }) => events.some(({ data }) => data?.includes('session-deleted')));
}

/** It is taken from memory and deleted with a run in flight. */
async function cutLife(id: string): Promise<void> {
  await create(id, 'waits');
  const first = await lastRun(id);
  await unload(id);
  const ended = await endOf(id, first);
  if (ended !== 'cancelled')
    throw new Error(`A run in flight ended as "${ended}" when its session left memory.`);
  await submit(id);
  await remove(id);
}

const sessionUrl = (id: string) => `${url}/v1/sessions/${id}`;

async function create(id: string, agent: string): Promise<void> {
  const body = { id, agent, options: agent === 'echo' ? { delayMs: 0 } : {}, message: 'one two' };
  expectStatus(201, await ask(`${url}/v1/sessions`, 'POST', { body }));
}

async function submit(id: string): Promise<string> {
  const answer = await ask(`${sessionUrl(id)}/messages`, 'POST', { body: { content: 'again' } });
  if (answer.body?.runId === undefined) throw new Error(answer.text);
  return answer.body.runId;
}

const lastRun = async (id: string): Promise<string> =>
  (await ask(`${sessionUrl(id)}/runs`, 'GET')).body.items[0].runId;

const endOf = async (id: string, runId: string): Promise<string> =>
  (await ask(`${sessionUrl(id)}/runs/${runId}?wait=30`, 'GET')).body.status;

const remove = async (id: string) => expectStatus(204, await ask(sessionUrl(id), 'DELETE'));

function expectStatus(status: number, answer: { readonly status: number; readonly text: string }): void {
  if (answer.status !== status) throw new Error(answer.text);
}

const unloads = new Map<string, () => void>();
process.on('message', ({ unloaded }: { readonly unloaded: string }) => unloads.get(unloaded)?.());

async function unload(id: string): Promise<void> {
  await new Promise<void>((resolve) => {
    unloads.set(id, resolve);
    process.send?.({ unload: id });
  });
  unloads.delete(id);
}

let begun = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (begun < Number(count)) {
      const own = begun;
      begun += 1;
      await (own % 4 === 3 ? cutLife : quietLife)(`${name}-${own}`);
    }
  }),
);
process.disconnect();
