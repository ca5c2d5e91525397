import { useConnection } from '@perdure/react';
import { useEffect } from 'react';

/** Other pages and programs change sessions too, and the list asks rather than being told. */
const EVERY_MS = 5_000;

/** Reads the list again after changes of this page, when the connection is back, and now and then while it is looked at. */
export function useListRefresh(refresh: () => Promise<void>, changes: number): void {
  const { status } = useConnection();
  // biome-ignore lint/correctness/useExhaustiveDependencies: both are read for the fact that they changed
  useEffect(() => {
    void refresh();
  }, [refresh, changes, status]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refresh();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);
}
