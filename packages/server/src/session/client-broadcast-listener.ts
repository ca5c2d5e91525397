import type { ClientHub } from '../hub/client-hub.ts';
import type { NewRow, SessionKey } from '../store/session-store.ts';

/** Committed -> hub. The hub is asked for at each event, so that a swap reaches sessions that are loaded already. */
export class ClientBroadcastListener {
  readonly #session: SessionKey;
  readonly #hub: () => ClientHub | undefined;

  constructor(options: { readonly session: SessionKey; readonly hub: () => ClientHub | undefined }) {
    this.#session = options.session;
    this.#hub = options.hub;
  }

  onCommitted(epoch: number, head: number, rows: readonly NewRow[]): void {
    this.#hub()?.broadcast(this.#session, { epoch, head, rows: rows.map((row) => ({ ...row, epoch })) });
  }
}
