import type { Unsubscribe } from '../perdure-client.ts';
import type { ClientStorage } from '../storage/client-storage.ts';

// What a page offers, where there is one. Named by shape: outside a browser there are no types for it.

interface EventSourceLike {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface PageGlobals extends Partial<EventSourceLike> {
  readonly document?: EventSourceLike & { readonly visibilityState: string };
  readonly localStorage?: ClientStorage;
  readonly location?: { readonly href: string };
}

const globals = () => globalThis as unknown as PageGlobals;

/** Calls `resume` when the page is shown again. */
export function onVisible(resume: () => void): Unsubscribe {
  const { document } = globals();
  return listen(document, 'visibilitychange', () => {
    if (document?.visibilityState === 'visible') resume();
  });
}

/** Calls `resume` when the network returns. */
export const onOnline = (resume: () => void): Unsubscribe => listen(globals(), 'online', resume);

/**
 * The storage of the page. Only of a page: elsewhere the name may exist, and warn or throw when it is touched. A page may
 * forbid it, too.
 */
export function pageStorage(): ClientStorage | undefined {
  const page = globals();
  if (page.document === undefined) return undefined;
  try {
    return page.localStorage;
  } catch {
    return undefined;
  }
}

/** The address of the page, against which a relative URL is resolved. */
export const pageAddress = (): string | undefined => globals().location?.href;

function listen(
  target: Partial<EventSourceLike> | undefined,
  type: string,
  listener: () => void,
): Unsubscribe {
  target?.addEventListener?.(type, listener);
  return () => target?.removeEventListener?.(type, listener);
}
