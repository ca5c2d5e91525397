// Loaded into a process before anything else (`node --import`): tells over the channel to its parent what the process holds.
// It looks from outside, at what Node and the parts of the server tell of themselves; the product knows nothing of it.
import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { CredentialWatch } from '../../../packages/server/src/access/credential-watch.ts';
import { LocalSessionHost } from '../../../packages/server/src/host/local-session-host.ts';
import type { LocalClientHub } from '../../../packages/server/src/hub/local-client-hub.ts';
import { collectInThreads } from './collect-in-threads.ts';
import { countTimers } from './count-timers.ts';
import { watchEventLoop } from './event-loop-watch.ts';
import type { EventLoopDelay, Holdings, ProbeAnswer, ProbeRequest } from './holdings.ts';

const collectAll = collectInThreads();
const timers = countTimers();
const signals = watchSignals();
const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));

let host: LocalSessionHost | undefined;
let hub: LocalClientHub | undefined;
let credentials: CredentialWatch | undefined;
const { setClientHub } = LocalSessionHost.prototype;
LocalSessionHost.prototype.setClientHub = function (given) {
  host = this;
  hub = given as LocalClientHub;
  setClientHub.call(this, given);
};
const { watch } = CredentialWatch.prototype;
CredentialWatch.prototype.watch = function (...given) {
  credentials = this;
  return watch.apply(this, given);
};

process.on('message', (request: ProbeRequest | object) => {
  if (!('ask' in request)) return; // for the program itself
  answer(request).then(
    (value) => process.send?.({ id: request.id, answer: value } satisfies ProbeAnswer),
    (error: unknown) => process.send?.({ id: request.id, error: String(error) } satisfies ProbeAnswer),
  );
});
process.channel?.unref(); // the probe keeps no process alive
process.on('disconnect', () => process.exit()); // nobody is there to ask or to end it

async function answer(request: ProbeRequest): Promise<unknown> {
  switch (request.ask) {
    case 'holdings':
      return holdings();
    case 'unload':
      return host?.unloadSession(request.sessionId);
    case 'kept-rss':
      // Without what is garbage and not collected yet: that comes and goes by a hundred MiB.
      await collectAll();
      return process.memoryUsage.rss();
    case 'delay':
      return delaySinceLast();
  }
}

/** What is left once everything that is over has been let go. */
async function holdings(): Promise<Holdings> {
  for (let round = 0; round < 8; round += 1) {
    await setImmediate();
    globalThis.gc?.();
  }
  const resources = process.getActiveResourcesInfo();
  const usage = hub?.usage;
  return {
    heapUsed: process.memoryUsage().heapUsed,
    counts: {
      handles: resources.filter((type) => type !== 'Timeout' && type !== 'Immediate').length,
      sockets: resources.filter((type) => type === 'TCPSocketWrap').length,
      // Those of Node's own modules too, such as timers/promises.
      timers:
        timers.count() + resources.filter((type) => type === 'Timeout').length - timers.countOfReferenced(),
      files: readdirSync('/proc/self/fd').length - 1, // one is of this reading
      processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
      abortListeners: signals.listeners(),
      warnings: warnings.length,
      followers: usage?.followers ?? 0,
      followedSessions: usage?.followedSessions ?? 0,
      rings: usage?.rings ?? 0,
      loaded: (await host?.getLoadedSessionIds())?.length ?? 0,
      watchedCredentials: credentials?.size ?? 0,
    },
    detail: { timers: timers.detail(), resources, warnings },
  };
}

/** Listeners for the abort of signals that are still in memory. */
function watchSignals() {
  const known = new WeakSet<AbortSignal>();
  const refs = new Set<WeakRef<AbortSignal>>();
  const { addEventListener } = EventTarget.prototype;
  AbortSignal.prototype.addEventListener = function (
    this: AbortSignal,
    ...given: Parameters<EventTarget['addEventListener']>
  ) {
    if (!known.has(this)) {
      known.add(this);
      refs.add(new WeakRef(this));
    }
    addEventListener.apply(this, given);
  };
  return {
    listeners() {
      let sum = 0;
      for (const ref of refs) {
        const signal = ref.deref();
        if (signal === undefined) refs.delete(ref);
        else sum += getEventListeners(signal, 'abort').length;
      }
      return sum;
    },
  };
}

let eventLoop: (() => EventLoopDelay) | undefined;

/** Watched from the first question on: whoever counts timers and does not ask this has none of it. */
function delaySinceLast(): EventLoopDelay {
  eventLoop ??= watchEventLoop();
  return eventLoop();
}
