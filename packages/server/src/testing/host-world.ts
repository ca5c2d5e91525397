import type { Limits } from '../access/limits.ts';
import type { AgentDefinition, ExecutionEnvironment } from '../environment/execution-environment.ts';
import { createScriptController, type ScriptController } from '../environment/script-controller.ts';
import { scriptedAgent } from '../environment/scripted-agent.ts';
import type { LocalSessionHost, LocalSessionHostOptions } from '../host/local-session-host.ts';
import type { SessionHandle } from '../host/session-handle.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import type { SessionStore } from '../store/session-store.ts';
import { FaultySessionStore } from './faulty-session-store.ts';
import { localHost } from './local-host.ts';

export interface HostWorldOptions
  extends Pick<Partial<LocalSessionHostOptions>, 'clock' | 'times' | 'runGraceMs' | 'retention'> {
  /** Default: one that does what `script` says. */
  readonly agent?: AgentDefinition | undefined;
  readonly limits?: Partial<Limits>;
  readonly sessionLogBytes?: number | undefined;
  /** Puts a double of the test's own around the store. */
  readonly wrap?: (store: SessionStore) => SessionStore;
}

/** A host on a store in memory that fails when a test says so. */
export interface HostWorld extends AsyncDisposable {
  readonly host: LocalSessionHost;
  readonly script: ScriptController;
  readonly faults: FaultySessionStore;
  /** As of the store below every double. */
  readonly inner: SessionStore;
  /** Another host on the same store, as after a crash of the first. */
  restart(): LocalSessionHost;
}

export async function hostWorld(options: HostWorldOptions = {}): Promise<HostWorld> {
  const { agent, limits = {}, sessionLogBytes, wrap = (store) => store, ...rest } = options;
  const inner = new MemorySessionStore({ sessionLogBytes });
  await inner.open();
  const script = createScriptController();
  const faults = new FaultySessionStore(inner);
  const store = wrap(faults.store);
  const hosts: LocalSessionHost[] = [];
  const restart = () => {
    const agents = { writer: agent ?? scriptedAgent(script.script) };
    const { host } = localHost({ store, agents, limits, ...rest });
    hosts.push(host);
    return host;
  };
  return {
    host: restart(),
    script,
    faults,
    inner,
    restart,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(hosts.map((host) => host.shutdown({ deadlineMs: 2_000 })));
    },
  };
}

/** An agent whose environment does nothing, but for what is given. */
export function agentOf(parts: Partial<ExecutionEnvironment>): AgentDefinition {
  const environment: ExecutionEnvironment = {
    start: () => Promise.resolve(),
    run: () => Promise.resolve({ status: 'completed' }),
    stop: () => Promise.resolve(),
    isHealthy: () => Promise.resolve(true),
    ...parts,
  };
  return { reach: 'none', onInterrupted: 'ask', createEnvironment: () => environment };
}

/** A store in which some calls are the test's. */
export function withCalls(store: SessionStore, calls: Partial<SessionStore>): SessionStore {
  return new Proxy(store, {
    get(target, name) {
      const found: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** Resolves when what is asked again and again is so. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

export async function typesOf(session: SessionHandle): Promise<string[]> {
  const { items } = await session.events({ limit: 100 });
  return items.map(({ type }) => type);
}
