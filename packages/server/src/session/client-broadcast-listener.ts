import type { ClientHub } from '../hub/client-hub.ts';
import type { NewRow, SessionKey } from '../store/session-store.ts';
import type { Logger } from './logger.ts';

/**
 * Committed -> hub. The hub is asked for at each event, so that a swap reaches sessions that are loaded already.
 * One that throws costs its followers: what is durable is not undone by it.
 */
export class ClientBroadcastListener {
  readonly #session: SessionKey;
  readonly #hub: () => ClientHub | undefined;
  readonly #logger: Logger;

  constructor(options: {
    readonly session: SessionKey;
    readonly hub: () => ClientHub | undefined;
    readonly logger: Logger;
  }) {
    this.#session = options.session;
    this.#hub = options.hub;
    this.#logger = options.logger;
  }

  onCommitted(epoch: number, head: number, rows: readonly NewRow[]): void {
    try {
      this.#hub()?.broadcast(this.#session, { epoch, head, rows: rows.map((row) => ({ ...row, epoch })) });
    } catch (error) {
      this.#logger.error({ err: error }, 'the hub failed to take what was committed');
    }
  }
}
