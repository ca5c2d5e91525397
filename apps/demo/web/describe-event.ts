import { type LogEvent, textOf } from '@perdure/client';

/** What an event says, in a few words, for a line of the timeline. */
export function describeEvent(event: LogEvent): string {
  switch (event.type) {
    case 'message:queued':
    case 'message:edited':
      return short(textOf(event.payload.content));
    case 'block:start':
      return event.payload.block.type;
    case 'block:delta':
      return short(event.payload.delta);
    case 'block:complete':
      return `${event.payload.block.type}: ${event.payload.block.status}`;
    case 'run:started':
      return `${event.payload.agent}, attempt ${event.payload.attempt}`;
    case 'run:interrupted':
    case 'queue:held':
      return event.payload.reason;
    case 'environment:terminated':
      return event.payload.reason;
    case 'run:failed':
    case 'environment:error':
    case 'error':
    case 'log':
      return short(event.payload.message);
    case 'session:created':
      return event.payload.agent ?? '';
    case 'session:updated':
      return Object.keys(event.payload).join(', ');
    default:
      return '';
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
