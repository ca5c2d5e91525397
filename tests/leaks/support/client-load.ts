// A program of its own, with the probe in it: makes clients and closes them, as many as its parent asks for, in every state
// that a client can be in.
// node --expose-gc --conditions=@perdure/source --import probe.ts client-load.ts URL SESSION
import { setImmediate } from 'node:timers/promises';
import { createPerdureClient, type PerdureClient, type PerdureClientOptions } from '@perdure/client';

const [url = '', sessionId = ''] = process.argv.slice(2);
const AT_ONCE = 4;
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

const lives: (() => Promise<void>)[] = [
  () => withClient({ url }, follow),
  () => withClient({ url, WebSocket: null }, follow),
  () => withClient({ url }, readEvents),
  () => withClient({ url }, async (client) => void (await client.session(sessionId).submit('hello'))),
  // Closed while it connects, and never opened.
  () => withClient({ url }, async (client) => void client.session(sessionId).subscribe(() => {})),
  () => withClient({ url }, async () => {}),
  // Closed between two tries, with a message that waits and somebody who waits for it.
  () => withClient({ url: NOWHERE }, waitInVain),
  repeatInVain,
];

async function withClient(
  options: PerdureClientOptions,
  live: (client: PerdureClient) => Promise<void>,
): Promise<void> {
  const client = createPerdureClient(options);
  try {
    await live(client);
  } finally {
    client.close();
  }
}

async function follow(client: PerdureClient): Promise<void> {
  const session = client.session(sessionId);
  const leaves = [
    session.subscribe(() => {}),
    session.onEvent(() => {}),
    client.connection.subscribe(() => {}),
  ];
  await session.load();
  leaves[0]?.(); // the others are left to the end of the client
}

async function readEvents(client: PerdureClient): Promise<void> {
  for await (const _ of client.session(sessionId).events()) return;
}

async function waitInVain(client: PerdureClient): Promise<void> {
  const session = client.session(sessionId);
  session.subscribe(() => {});
  const submitted = session.submit('nobody hears this').catch(() => {});
  const { promise: failed, resolve } = Promise.withResolvers<void>();
  client.connection.subscribe(() => {
    if (client.connection.get().attempts > 0) resolve();
  });
  await failed;
  client.close();
  await submitted;
}

/** Closed between two tries of the outbox: what it sends is lost on the way. */
async function repeatInVain(): Promise<void> {
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  const lossy: typeof fetch = (input, init) => {
    if (init?.method !== 'POST') return fetch(input, init);
    resolve();
    return Promise.reject(new TypeError('lost on the way'));
  };
  await withClient({ url, fetch: lossy }, async (client) => {
    const submitted = client
      .session(sessionId)
      .submit('nobody hears this')
      .catch(() => {});
    await lost;
    await setImmediate(); // by then it waits for its next try
    client.close();
    await submitted;
  });
}

/** The pool behind `fetch` keeps sockets for as long as the server lets it, which is its own affair: a fresh one has none. */
async function renewPool(): Promise<void> {
  const held = globalThis as Partial<Record<symbol, { close(): Promise<void>; constructor: unknown }>>;
  const key = Symbol.for('undici.globalDispatcher.1');
  const pool = held[key];
  if (pool === undefined) return;
  held[key] = new (pool.constructor as new () => typeof pool)();
  await pool.close();
}

process.on('message', async ({ clients }: { readonly clients?: number }) => {
  if (clients === undefined) return; // for the probe
  let begun = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (begun < clients) {
        const own = begun;
        begun += 1;
        await lives[own % lives.length]?.();
      }
    }),
  );
  await renewPool();
  process.send?.({ done: clients });
});
process.channel?.ref(); // it waits to be asked
process.send?.({ done: 0 });
