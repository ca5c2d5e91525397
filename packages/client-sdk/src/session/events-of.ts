import { abortable } from '../abortable.ts';
import { loaded } from '../loaded.ts';
import type { LogEvent } from '../log-event.ts';
import type { EventsOptions } from '../perdure-client.ts';
import type { Follow } from './read-events.ts';

/** Reads the log of a session for as long as it is asked for. The reader is loaded when it is first needed. */
export async function* eventsOf(
  follow: Follow,
  sessionId: string,
  options: EventsOptions = {},
): AsyncGenerator<LogEvent, void, undefined> {
  const { signal } = options;
  if (signal?.aborted) return;
  const loading = loaded(import('./read-events.ts'));
  const reader = await abortable<Awaited<typeof loading>>(signal, (resolve, reject) => {
    loading.then(resolve, reject);
    return () => {};
  }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
  if (reader !== undefined) yield* reader.readEvents(follow, sessionId, options);
}
