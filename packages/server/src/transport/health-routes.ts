import type { StoreHealth } from '../store/session-store.ts';

/** Where a server is in its life. */
export type Phase = 'starting' | 'ready' | 'draining' | 'stopped';

export interface HealthParts {
  phase(): Phase;
  health(): Promise<StoreHealth>;
}

export interface HealthRoutes {
  live(): Promise<Response>;
  ready(): Promise<Response>;
}

/**
 * `/healthz`: the event loop and the thread that writes answer. Never the state of the disk: a full one would make whoever
 * restarts unhealthy servers restart this one for ever.
 * `/readyz`: whether to send requests here. Read-only is degraded and still ready, for reads and followers go on; so is a
 * disk with damage, which costs what it struck.
 */
export function createHealthRoutes({ phase, health }: HealthParts): HealthRoutes {
  return {
    async live() {
      if (phase() === 'starting') return statusResponse(200, 'starting');
      const { isResponsive } = await healthOrNone(health);
      return isResponsive ? statusResponse(200, 'ok') : statusResponse(503, 'unresponsive');
    },
    async ready() {
      const now = phase();
      if (now !== 'ready') return statusResponse(503, now);
      const { isReadable, isWritable, isDamaged = false } = await healthOrNone(health);
      if (!isReadable) return statusResponse(503, 'unreadable');
      return isWritable && !isDamaged ? statusResponse(200, 'ready') : statusResponse(200, 'degraded');
    },
  };
}

/** A store that cannot even say how it is, is neither readable nor responsive. */
async function healthOrNone(health: () => Promise<StoreHealth>): Promise<StoreHealth> {
  try {
    return await health();
  } catch {
    return { isReadable: false, isWritable: false, isResponsive: false };
  }
}

function statusResponse(status: number, word: string): Response {
  return Response.json({ status: word }, { status, headers: { 'cache-control': 'no-store' } });
}
