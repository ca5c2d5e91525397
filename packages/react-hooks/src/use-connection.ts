import type { Connection, ConnectionState, PerdureClient } from '@perdure/client';
import { useMemo } from 'react';
import { usePerdure } from './perdure-context.ts';
import { useStore } from './use-session-store.ts';

export interface ConnectionHandle extends ConnectionState {
  /** Drops the connection and makes it anew. */
  readonly reconnect: () => void;
}

const UNKNOWN_CONNECTION: ConnectionState = {
  status: 'connecting',
  attempts: 0,
  transport: 'websocket',
  error: undefined,
};

/** Follows the client's own connection, which all its sessions share. */
export function useConnection(): ConnectionHandle {
  const { client, frames } = usePerdure('useConnection');
  const source = useMemo(() => readable(client), [client]);
  const select = useMemo(() => withReconnect(client.connection), [client]);
  return useStore(source, frames, UNKNOWN_CONNECTION, select);
}

function readable({ connection }: PerdureClient) {
  return {
    getSnapshot: () => connection.get(),
    subscribe: (listener: () => void) => connection.subscribe(listener),
  };
}

function withReconnect(connection: Connection) {
  const reconnect = () => connection.reconnect();
  return (state: ConnectionState): ConnectionHandle => ({ ...state, reconnect });
}
