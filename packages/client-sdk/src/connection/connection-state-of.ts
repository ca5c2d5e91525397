import type { ConnectionState } from '../perdure-client.ts';
import type { ConnectionModel } from './connection-machine.ts';

/** What people are told of the connection. While nothing is asked of it, that is how it stood last. */
export function connectionStateOf(
  model: ConnectionModel,
  before: ConnectionState['status'],
): ConnectionState {
  const { attempts, transport, error } = model;
  return { status: statusOf(model, before), attempts, transport, error };
}

function statusOf({ phase, wasOpen }: ConnectionModel, before: ConnectionState['status']) {
  if (phase === 'open' || phase === 'failed') return phase;
  if (phase === 'resting' || phase === 'ended') return before; // nothing is asked of it
  phase satisfies 'opening' | 'waiting';
  return wasOpen ? 'reconnecting' : 'connecting';
}

export function isSameState(a: ConnectionState, b: ConnectionState): boolean {
  return (
    a.status === b.status && a.attempts === b.attempts && a.transport === b.transport && a.error === b.error
  );
}
