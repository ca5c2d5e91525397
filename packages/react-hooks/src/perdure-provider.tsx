import type { PerdureClient } from '@perdure/client';
import { type ReactElement, type ReactNode, useMemo } from 'react';
import { createFrameQueue } from './frame-queue.ts';
import { nextFrame, type ScheduleFrame } from './next-frame.ts';
import { PerdureContext } from './perdure-context.ts';

export interface PerdureProviderProps {
  /** Made once, outside the components; closing it stays with whoever made it. */
  readonly client: PerdureClient;
  readonly children?: ReactNode;
  /** When hooks may render anew. Default: with the next animation frame. Give the same function in every render. */
  readonly scheduleFrame?: ScheduleFrame | undefined;
}

/** Gives a client to the hooks below it. */
export function PerdureProvider(props: PerdureProviderProps): ReactElement {
  const { client, children, scheduleFrame = nextFrame } = props;
  const value = useMemo(() => ({ client, frames: createFrameQueue(scheduleFrame) }), [client, scheduleFrame]);
  return <PerdureContext.Provider value={value}>{children}</PerdureContext.Provider>;
}
