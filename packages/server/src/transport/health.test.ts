import { describe, expect, it } from 'vitest';
import { runningServer } from '../../test/running-server.ts';
import { createAgentRuntime } from '../agent-runtime.ts';
import { echoAgent } from '../environment/echo-agent.ts';
import { MemorySessionStore } from '../store/memory-session-store.ts';
import type { SessionStore, StoreHealth } from '../store/session-store.ts';

/** A store that says of its health what a test wants it to. */
function storeWith(health: () => Promise<StoreHealth>): SessionStore {
  const inner = new MemorySessionStore();
  return new Proxy<SessionStore>(inner, {
    get: (target, name) => {
      const found: unknown = name === 'health' ? health : Reflect.get(target, name, target);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

const fine = { isReadable: true, isWritable: true, isResponsive: true };

describe('health', () => {
  it.each<
    [
      what: string,
      health: Partial<StoreHealth>,
      healthz: number,
      readyz: [number, string],
      isHealthy: boolean,
    ]
  >([
    ['all is well', {}, 200, [200, 'ready'], true],
    ['a disk with damage', { isDamaged: true }, 200, [200, 'degraded'], false],
    ['a full disk', { isWritable: false }, 200, [200, 'degraded'], false],
    [
      'a store that cannot be read',
      { isReadable: false, isWritable: false },
      200,
      [503, 'unreadable'],
      false,
    ],
    [
      'a writer that does not answer',
      { isResponsive: false, isWritable: false },
      503,
      [200, 'degraded'],
      false,
    ],
  ])('[A17] %s', async (_what, health, healthz, [status, word], isHealthy) => {
    await using server = await runningServer({ store: storeWith(async () => ({ ...fine, ...health })) });
    expect((await server.ask('GET', '/healthz')).status).toBe(healthz);
    const ready = await server.ask('GET', '/readyz');
    expect([ready.status, ready.body]).toEqual([status, { status: word }]);
    expect(await server.runtime.isHealthy()).toBe(isHealthy);
  });

  it('[A17] a store whose check throws is neither ready nor alive', async () => {
    await using server = await runningServer({ store: storeWith(() => Promise.reject(new Error('gone'))) });
    expect((await server.ask('GET', '/healthz')).status).toBe(503);
    expect((await server.ask('GET', '/readyz')).status).toBe(503);
    expect(await server.runtime.isHealthy()).toBe(false);
  });

  it('[A17] before the start it is not ready, and a request starts it', async () => {
    const runtime = createAgentRuntime({
      agents: { echo: echoAgent() },
      store: { type: 'memory' },
      logger: 'silent',
    });
    const environment = { incoming: { socket: { localAddress: '127.0.0.1' } } };
    const ask = (path: string) => runtime.fetch(new Request(`http://localhost${path}`), environment);
    expect((await ask('/readyz')).status).toBe(503);
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/v1/sessions')).status).toBe(200);
    expect((await ask('/readyz')).status).toBe(200);
    await runtime.shutdown();
    expect((await ask('/readyz')).status).toBe(503);
    const late = await ask('/v1/sessions');
    expect([late.status, await late.json()]).toMatchObject([503, { error: { code: 'shutting-down' } }]);
    expect(await runtime.isHealthy()).toBe(false);
  });

  it('[A9] a signal given to listen shuts down, and nothing listens any more', async () => {
    const runtime = createAgentRuntime({
      agents: { echo: echoAgent() },
      store: { type: 'memory' },
      logger: 'silent',
    });
    const stop = new AbortController();
    const { url } = await runtime.listen({ port: 0, signal: stop.signal });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await expect(runtime.listen({ port: 0 })).rejects.toMatchObject({ code: 'config-invalid' });
    stop.abort();
    await runtime.shutdown();
    await expect(fetch(`${url}/readyz`)).rejects.toThrow();
    await expect(runtime.start()).resolves.toBeUndefined();
  });
});
