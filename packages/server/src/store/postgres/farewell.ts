import type pg from 'pg';

/** How long a server gets to take leave. One that hangs, or a network that has gone, would never do it. */
const FAREWELL_MS = 2_000;

/** Waits for connections to end in order, and cuts those that do not. */
export async function farewell(ending: Promise<unknown>, clients: Iterable<pg.Client>): Promise<void> {
  const cut = setTimeout(() => {
    for (const { connection } of clients) connection.stream.destroy();
  }, FAREWELL_MS);
  await ending.catch(() => undefined);
  clearTimeout(cut);
}
