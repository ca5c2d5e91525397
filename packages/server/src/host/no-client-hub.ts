import { PerdureError } from '@perdure/protocol';
import type { ClientHub } from '../hub/client-hub.ts';

/** Stands in for a hub until there is one: a host can work without clients. */
export const noClientHub: ClientHub = {
  broadcast: () => undefined,
  getClientCount: () => 0,
  follow: () =>
    Promise.reject(
      new PerdureError('internal', 'The host has no client hub: give it one with setClientHub.'),
    ),
  end: () => undefined,
};
