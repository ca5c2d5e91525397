import { useSessionEvents } from '@perdure/react';
import { describeEvent } from './describe-event.ts';
import { groupEvents } from './group-events.ts';

/** The newest events of the log, newest first; what a text is streamed in stands on one line. */
export function Timeline({ sessionId }: { sessionId: string }) {
  const events = useSessionEvents(sessionId, { limit: 300 });
  return (
    <section className="timeline" aria-labelledby="timeline-heading">
      <h2 id="timeline-heading">Log</h2>
      <ol data-testid="timeline">
        {groupEvents(events).map(({ newest, firstSeq, count }) => (
          <li key={firstSeq} data-testid="timeline-event" data-seq={newest.seq} data-type={newest.type}>
            <span className="seq">{count === 1 ? newest.seq : `${firstSeq}–${newest.seq}`}</span>
            <span className="type" data-family={newest.type.split(':')[0]}>
              {newest.type}
            </span>
            <span className="says">{describeEvent(newest)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
