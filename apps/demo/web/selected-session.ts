import { useSyncExternalStore } from 'react';

const PATTERN = /^#\/sessions\/([A-Za-z0-9][A-Za-z0-9_-]{0,63})$/;

/** The session that the address names, so that a reload and a shared link show the same one. */
export function useSelectedSession(): string | undefined {
  return useSyncExternalStore(subscribe, () => PATTERN.exec(location.hash)?.[1]);
}

export function selectSession(id: string | undefined): void {
  location.hash = id === undefined ? '' : `#/sessions/${id}`;
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
