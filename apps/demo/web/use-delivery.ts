import { useClient } from '@perdure/react';
import { useEffect, useState } from 'react';
import type { Delivery } from './delivery-count.ts';
import { watchDelivery } from './watch-delivery.ts';

const NOTHING: Delivery = { received: 0, lost: 0, doubled: 0 };

/** Counts, apart from the hooks, what of a session reaches this page. Renders at most once a frame. */
export function useDelivery(sessionId: string): Delivery {
  const session = useClient().session(sessionId);
  const [delivery, setDelivery] = useState(NOTHING);
  useEffect(() => {
    const ended = new AbortController();
    let latest = NOTHING;
    let frame: number | undefined;
    const show = () => {
      frame = undefined;
      setDelivery(latest);
    };
    setDelivery(NOTHING);
    void watchDelivery(
      session,
      (next) => {
        latest = next;
        frame ??= requestAnimationFrame(show);
      },
      ended.signal,
    );
    return () => {
      ended.abort();
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [session]);
  return delivery;
}
