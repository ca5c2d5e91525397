import { emptySessionState } from '@perdure/protocol';
import { defaultLimits } from '../access/limit-defaults.ts';
import type { AgentDefinition, EnvironmentContext, RunPort } from '../environment/execution-environment.ts';
import { storeReads } from '../host/store-reads.ts';
import { sha256Digest } from '../process/sha256-digest.ts';
import { AgentSession } from '../session/agent-session.ts';
import type { AbandonedEnd } from '../session/agent-session-parts.ts';
import { ClientBroadcastListener } from '../session/client-broadcast-listener.ts';
import { PersistenceListener } from '../session/persistence-listener.ts';
import type { NamedCommand } from '../session/session-command.ts';
import { SessionEventBus } from '../session/session-event-bus.ts';
import { SessionState } from '../session/session-state.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import type { Append, AppendOutcome } from '../store/session-store.ts';
import { agentOf, withCalls } from './host-world.ts';
import { ManualClock } from './manual-clock.ts';
import { createSample } from './session-store-samples.ts';
import { silentLogger } from './silent-logger.ts';

export interface LoneSessionOptions {
  /** Default: one whose runs go on until they are aborted. */
  readonly agent?: AgentDefinition;
  readonly sessionLogBytes?: number;
  /** In the place of the store's own; `undefined` leaves it to the store. */
  readonly append?: (append: Append) => Promise<AppendOutcome | undefined>;
  readonly compact?: () => Promise<void>;
}

/** A run that is open until it is aborted, and the port that it speaks through. */
export interface HeldRuns {
  readonly ports: RunPort[];
  readonly contexts: EnvironmentContext[];
  readonly stops: string[];
}

/** One session as an actor on a store in memory, without a host: what it loses is told here. Time stands still. */
export async function loneSession(options: LoneSessionOptions = {}) {
  const { sessionLogBytes } = options;
  const inner = new MemorySessionStore({ sessionLogBytes });
  await inner.open();
  const record = await createSample(inner, { record: { agent: 'writer' } });
  const appends: Append[] = [];
  const store = withCalls(inner, {
    append: async (append) => {
      appends.push(append);
      return (await options.append?.(append)) ?? inner.append(append);
    },
    ...(options.compact && { compact: options.compact }),
  });
  const held: HeldRuns = { ports: [], contexts: [], stops: [] };
  const logged: object[] = [];
  const log = (fields: object) => void logged.push(fields);
  const logger = { ...silentLogger, error: log, warn: log };
  const lost: { readonly end: AbandonedEnd; readonly error: unknown }[] = [];
  const clock = new ManualClock();
  const bus = new SessionEventBus({ logger });
  const state = new SessionState({ ...emptySessionState(record.id), agent: 'writer' }, record.head);
  const broadcast = new ClientBroadcastListener({ session: record.key, hub: () => undefined, logger });
  let ids = 0;
  const session = new AgentSession({
    ...{ record, state, bus, clock, logger, limits: defaultLimits, digest: sha256Digest },
    log: new PersistenceListener({ store, record, isOwner: true, folded: 0, clock, state, bus, broadcast }),
    reads: storeReads(store, record.key),
    agents: new Map([['writer', options.agent ?? holdingAgent(held)]]),
    times: { startMs: 1_000, abortMs: 100, stopMs: 500 },
    ids: { id: () => `id-${++ids}`, random: () => 0.5 },
    onLost: (end, error) => lost.push({ end, error }),
  });
  const command = (named: NamedCommand, commandId = `c${++ids}`) =>
    session.execute({ command: named, commandId, actor: { principalId: 'ann' } });
  const submit = (content: string, commandId?: string) =>
    command({ name: 'submit', input: { content } }, commandId);
  return { session, inner, record, appends, held, logged, lost, clock, command, submit };
}

function holdingAgent({ ports, contexts, stops }: HeldRuns): AgentDefinition {
  return agentOf({
    start: async (context) => void contexts.push(context),
    run: (_turn, port, signal) => {
      ports.push(port);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
    stop: async (reason) => void stops.push(reason),
  });
}
