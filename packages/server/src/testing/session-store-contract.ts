import { describe } from 'vitest';
import type { SessionStore } from '../store/session-store.ts';
import { appendContract } from './session-store-append-contract.ts';
import { historyContract } from './session-store-history-contract.ts';
import { listContract } from './session-store-list-contract.ts';
import { readContract } from './session-store-read-contract.ts';
import { retentionContract } from './session-store-retention-contract.ts';

export interface SessionStoreSetup {
  /** Opens a new, empty store. */
  open(options?: { readonly sessionLogBytes?: number }): Promise<OpenedStore>;
  /** Whether what was committed is there after a restart. */
  readonly isDurable: boolean;
}

export interface OpenedStore extends AsyncDisposable {
  readonly store: SessionStore;
  /** Closes the store and opens it anew, as a new process would. A store that is not durable stays as it is. */
  restart(): Promise<SessionStore>;
}

/** What every session store must do. Each adapter runs it. */
export function sessionStoreContract(name: string, setup: SessionStoreSetup): void {
  describe(`${name} as a session store`, () => {
    appendContract(setup);
    readContract(setup);
    listContract(setup);
    retentionContract(setup);
    historyContract(setup);
  });
}
