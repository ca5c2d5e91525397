import type { ClientSession, SessionView } from '@perdure/client';
import type { AnyEvent, SessionRuntime, SessionState } from '@perdure/protocol';
import { type Follower, FollowerRecord, type Stretch, type Wish } from './follower-record.ts';

/** Follows as a page does: the state that the SDK keeps, and each event that it applied. */
export class ViewFollower implements Follower {
  readonly name: string;
  readonly wish: Wish = { from: 'snapshot' };
  readonly #session: ClientSession;
  readonly #record = new FollowerRecord();
  readonly #stops: (() => void)[];
  readonly #tell: () => void;
  #resumed: SessionView['resumed'];
  #end: string | undefined;
  #runtime: SessionRuntime | undefined;

  constructor({ name, session, tell }: { name: string; session: ClientSession; tell: () => void }) {
    this.name = name;
    this.#session = session;
    this.#tell = tell;
    const before = session.getSnapshot();
    this.#resumed = before.resumed;
    // One that was here before goes on from its place, and not with a snapshot.
    if (before.status === 'ready') this.#record.begin({ start: seqOf(before), reason: undefined });
    this.#stops = [
      session.onEvent((event) => {
        const isKept = event.type !== 'status:changed';
        if (event.type === 'status:changed') this.#runtime = event.payload.runtime;
        this.#look(isKept);
        if (isKept) this.#record.add(event as AnyEvent);
        this.#tell();
      }),
      session.subscribe(() => {
        this.#look(false);
        this.#tell();
      }),
    ];
  }

  get stretches(): readonly Stretch[] {
    return this.#record.stretches;
  }

  get end(): string | undefined {
    return this.#end;
  }

  get wrong(): string | undefined {
    return this.#record.wrong;
  }

  get view(): SessionView {
    return this.#session.getSnapshot();
  }

  /** What it was told last of what the session does. */
  get runtime(): SessionRuntime | undefined {
    return this.#runtime;
  }

  isAt(seq: number): boolean {
    const { view } = this;
    return view.phase === 'live' && seqOf(view) >= seq;
  }

  state(): SessionState | undefined {
    return this.#end === undefined ? this.view.state : undefined;
  }

  async leave(): Promise<void> {
    this.#end ??= 'left';
    for (const stop of this.#stops) stop();
  }

  /** The client died with its page. */
  lost(): void {
    this.#end ??= 'left';
  }

  /**
   * A snapshot that came since the last look stands before whatever is told now. If that is an event, the view is at the
   * event's frame already, and where the snapshot was is not to be seen any more.
   */
  #look(isPast: boolean): void {
    const { view } = this;
    if (this.#end !== undefined) return;
    const { resumed } = view;
    if (resumed !== this.#resumed) {
      this.#resumed = resumed;
      if (resumed?.kind === 'snapshot')
        this.#record.begin({ start: isPast ? undefined : seqOf(view), reason: resumed.reason });
    }
    if (view.status === 'not-found' || view.status === 'deleted' || view.status === 'error')
      this.#end = view.error?.code ?? view.status;
  }
}

const seqOf = ({ cursor }: SessionView) => Number(cursor.split('.')[1]);
