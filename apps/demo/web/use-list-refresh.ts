import { useConnection } from '@perdure/react';
import { useEffect, useRef } from 'react';

/** Other pages and programs change sessions too, and the list asks rather than being told. */
const EVERY_MS = 5_000;

/** Reads the list again after changes of this page, when the connection is back, and now and then while it is looked at. */
export function useListRefresh(refresh: () => Promise<void>, changes: number): void {
  const { status } = useConnection();
  const seen = useRef({ changes, status });
  useEffect(() => {
    if (seen.current.changes === changes && seen.current.status === status) return;
    seen.current = { changes, status };
    void refresh();
  }, [refresh, changes, status]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refresh();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [refresh]);
}
