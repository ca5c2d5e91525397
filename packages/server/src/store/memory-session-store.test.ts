import { sessionStoreContract } from '../testing/session-store-contract.ts';
import { MemorySessionStore } from './memory-session-store.ts';

sessionStoreContract('MemorySessionStore', {
  isDurable: false,
  async open(options) {
    const store = new MemorySessionStore(options);
    await store.open();
    return { store, restart: async () => store, [Symbol.asyncDispose]: () => store.close() };
  },
});
