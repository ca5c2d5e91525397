import {
  type ConnectionFaults,
  type FaultyProxy,
  faultyProxy,
  type ProxiedConnection,
} from '../faulty-proxy.ts';
import { followerOf, type Wire } from './named-client.ts';

/** A client whose first connection meets a fault. */
export interface FaultyClient {
  /** Unlike all others. */
  readonly name: string;
  readonly wire: Wire;
  readonly faults: ConnectionFaults;
}

export interface PlannedProxy {
  readonly proxy: FaultyProxy;
  plan(client: FaultyClient): void;
  /** By which a client has followed, in order. */
  connectionsOf(name: string): readonly ProxiedConnection[];
}

/** A proxy that knows the followers by their names, and does to the first connection of each what was planned. */
export async function plannedProxy(): Promise<PlannedProxy> {
  const connections = new Map<string, ProxiedConnection[]>();
  const plans = new Map<string, ConnectionFaults>();
  const proxy = await faultyProxy({
    faultsOf: (number, request) => {
      const name = followerOf(request);
      const connection = proxy.connections[number];
      if (name === undefined || connection === undefined) return undefined;
      const own = connections.get(name) ?? [];
      connections.set(name, [...own, connection]);
      return own.length === 0 ? plans.get(name) : undefined;
    },
  });
  return {
    proxy,
    plan: ({ name, faults }) => void plans.set(name, faults),
    connectionsOf: (name) => connections.get(name) ?? [],
  };
}
