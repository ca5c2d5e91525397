import type { AnyEvent } from '@perdure/client';
import { ask } from '../../e2e/support/running-server.ts';
import { type EventStream, eventStream } from '../../e2e/support/event-stream.ts';

/** One who follows sessions over several lives of their server, and writes down every event that was shown. */
export interface Witness {
  /** Follows from here on, or from where it was when the last server ended. */
  watch(url: string, ids: readonly string[]): Promise<void>;
  until(id: string, fits: (event: AnyEvent) => boolean): Promise<void>;
  /** Resolves when it has seen all that the logs have now. */
  settled(url: string): Promise<void>;
  /** Texts of the events of a session by their seq, as they stand in the log. */
  textsOf(id: string): ReadonlyMap<number, string>;
}

export function witnessOf(ids: readonly string[]): Witness {
  const texts = new Map(ids.map((id) => [id, new Map<number, string>()]));
  const streams = new Map<string, EventStream>();
  const note = (id: string, stream: EventStream) => {
    const seen = texts.get(id);
    for (const event of eventsIn(stream)) seen?.set(event.seq, JSON.stringify(event));
  };
  const textsOf = (id: string) => {
    const stream = streams.get(id);
    if (stream !== undefined) note(id, stream);
    return texts.get(id) ?? new Map<number, string>();
  };
  const until = async (id: string, fits: (event: AnyEvent) => boolean) => {
    await streams.get(id)?.until((stream) => eventsIn(stream).some(fits));
  };
  return {
    until,
    textsOf,
    watch: async (url, watched) => {
      for (const id of watched) {
        const before = streams.get(id);
        const lastEventId = before?.events.findLast(({ id: place }) => place !== undefined)?.id ?? '0.0';
        textsOf(id);
        streams.set(id, await eventStream(`${url}/v1/sessions/${id}/events`, { lastEventId }));
      }
    },
    settled: async (url) => {
      for (const [id, stream] of streams) {
        const { body } = await ask(`${url}/v1/sessions?ids=${id}`, 'GET');
        const { head } = body.items[0];
        await stream.until(() => Math.max(0, ...textsOf(id).keys()) >= head);
      }
    },
  };
}

function eventsIn(stream: EventStream): AnyEvent[] {
  return stream.frames().flatMap((frame) => (frame.kind === 'events' ? frame.events : []));
}
