import './install-dom.ts';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type PerdureClient,
  PerdureProvider,
  useConnection,
  useConversation,
  useSession,
  useSessionEvents,
  useSessionList,
  useSubmit,
} from '../src/index.ts';
import { startRealServer } from './real-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Longer than anything lingers. */
const PATIENCE_MS = 10_000;

/** Every hook there is, on one session. */
function Everything({ id }: { readonly id: string }) {
  const session = useSession(id);
  const talk = useConversation(id);
  const events = useSessionEvents(id, { limit: 5 });
  const list = useSessionList({ limit: 5 });
  const connection = useConnection();
  const { outbox } = useSubmit(id);
  const shown = [session.status, talk.length, events.length, list.items.length, outbox.length];
  return <p>{[...shown, connection.status].join(' ')}</p>;
}

interface MountCycles {
  readonly rounds: number;
  /** In each round. */
  readonly cycles: number;
  readonly isStrict: boolean;
}

/** What a page still holds after a round. The server is in the same process. */
export interface PageHoldings {
  readonly subscriptions: number;
  readonly timers: number;
  readonly nodes: number;
  readonly warnings: readonly string[];
  readonly heapUsed: number;
}

/** Mounts and unmounts every hook again and again, on a real server: every other time before anything has come. */
export async function mountCycles({
  rounds,
  cycles,
  isStrict,
}: MountCycles): Promise<readonly PageHoldings[]> {
  await using world = await startRealServer();
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error) => warnings.push(`${name}: ${message}`);
  process.on('warning', onWarning);
  const { id: first } = await world.client.sessions.create({ agent: 'echo', message: 'one two three' });
  const { id: second } = await world.client.sessions.create({ agent: 'echo' });
  const after: PageHoldings[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (let cycle = 0; cycle < cycles; cycle += 1)
      await mountOnce(world.client, cycle % 3 === 0 ? second : first, isStrict, cycle % 2 === 0);
    if (round > 0) after.push(await holdings(world.tap, warnings)); // what is made once is made in the first
  }
  process.off('warning', onWarning);
  return after;
}

async function mountOnce(
  client: PerdureClient,
  id: string,
  isStrict: boolean,
  waits: boolean,
): Promise<void> {
  const container = document.body.appendChild(document.createElement('div'));
  const root = createRoot(container);
  const page: ReactNode = (
    <PerdureProvider client={client}>
      <Everything id={id} />
    </PerdureProvider>
  );
  root.render(isStrict ? <StrictMode>{page}</StrictMode> : page);
  while (!/^\w/.test(container.textContent ?? '')) await macrotask();
  while (waits && !container.textContent?.startsWith('ready')) await macrotask();
  root.unmount();
  container.remove();
  await macrotask();
}

async function holdings(
  tap: { open(): readonly string[] },
  warnings: readonly string[],
): Promise<PageHoldings> {
  const timers = () => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  // The socket lingers for a second after the last has left; then nothing is under way but what the server does.
  const endMs = performance.now() + PATIENCE_MS;
  while ((tap.open().length > 0 || timers() > 1) && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (let turn = 0; turn < 8; turn += 1) {
    await macrotask();
    collectGarbage();
  }
  return {
    subscriptions: tap.open().length,
    timers: timers(),
    nodes: document.body.childNodes.length,
    warnings: [...warnings],
    heapUsed: process.memoryUsage().heapUsed,
  };
}

const macrotask = () => new Promise<void>((resolve) => setImmediate(resolve));
