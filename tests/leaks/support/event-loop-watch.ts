import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import type { EventLoopDelay } from './holdings.ts';

/** Between two looks; the monitor of Node counts this time as part of each delay. */
const RESOLUTION_MS = 5;

/** Looks from now on at how late the event loop is; each call tells it of the time since the last one. */
export function watchEventLoop(): () => EventLoopDelay {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const own = createHistogram();
  delays.enable();
  lookAtOwnDelay(own);
  return () => {
    const told = {
      p50Ms: rounded(delays.percentile(50) / 1e6 - RESOLUTION_MS),
      p99Ms: rounded(delays.percentile(99) / 1e6 - RESOLUTION_MS),
      maxMs: rounded(delays.max / 1e6 - RESOLUTION_MS),
      ownP99Ms: rounded(own.percentile(99) / 1e6),
    };
    delays.reset();
    own.reset();
    return told;
  };
}

/** The part of each delay in which this thread did compute: waiting for a core that others have is not its fault. */
function lookAtOwnDelay(own: RecordableHistogram): void {
  let lastMs = performance.now();
  let lastCpuUs = cpuUs();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const nowCpuUs = cpuUs();
    const lateMs = nowMs - lastMs - RESOLUTION_MS;
    const ownMs = Math.min(lateMs, (nowCpuUs - lastCpuUs) / 1_000);
    own.record(Math.max(1, Math.round(ownMs * 1e6)));
    lastMs = nowMs;
    lastCpuUs = nowCpuUs;
  }, RESOLUTION_MS);
  timer.unref();
}

function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

const rounded = (ms: number) => Math.round(ms * 100) / 100;
