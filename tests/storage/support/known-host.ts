import type { HostReport } from './host-reports.ts';

export interface KnownCommand {
  readonly commandId: string;
  readonly content: string;
  /** What it was answered, if it was. */
  answer: { readonly seq: number; readonly runId: string | undefined } | undefined;
}

/** What is known of one session from all that hosts have said of it. */
export class KnownHostSession {
  readonly commands = new Map<string, KnownCommand>();
  /** Digests of the events that were shown to a reader, by seq. */
  readonly seen = new Map<number, number>();
  /** What an agent said and was told to be in the log. */
  readonly flushed: string[] = [];
  /** Where the reader is. */
  cursor: string | undefined;
  readonly faults: string[] = [];

  take(report: Exclude<HostReport, { say: 'phase' }>): void {
    switch (report.say) {
      case 'submits': {
        const { commandId, content } = report;
        this.commands.set(commandId, { commandId, content, answer: undefined });
        return;
      }
      case 'accepted': {
        const command = this.commands.get(report.commandId);
        if (command !== undefined) command.answer = { seq: report.seq, runId: report.runId };
        return;
      }
      case 'flushed':
        this.flushed.push(report.mark);
        return;
      case 'sees':
        this.#see(report);
    }
  }

  #see({ kind, after, cursor, events }: Extract<HostReport, { say: 'sees' }>): void {
    const place = seqOf(this.cursor);
    // What it was given last time must be a place in the log, and the frames must go on from it.
    if (kind === 'snapshot') this.faults.push(`The cursor ${this.cursor} was no place any more.`);
    else if (after !== place) this.faults.push(`A frame goes on from ${after} for a reader at ${place}.`);
    this.cursor = cursor;
    for (const [seq, digest] of events) this.seen.set(seq, digest);
  }
}

const seqOf = (cursor: string | undefined) => Number(cursor?.split('.')[1] ?? 0);
