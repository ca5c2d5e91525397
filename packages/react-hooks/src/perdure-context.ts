import { PerdureError, type PerdureClient } from '@perdure/client';
import { createContext, useContext } from 'react';
import type { FrameQueue } from './frame-queue.ts';

export interface PerdureContextValue {
  readonly client: PerdureClient;
  readonly frames: FrameQueue;
}

export const PerdureContext = createContext<PerdureContextValue | undefined>(undefined);
PerdureContext.displayName = 'Perdure';

/** What the provider gives to the hook that is named; the name is for the sentence a caller reads without one. */
export function usePerdure(hook: string): PerdureContextValue {
  const value = useContext(PerdureContext);
  if (value === undefined) {
    throw new PerdureError(
      'provider-missing',
      `${hook} was called outside a <PerdureProvider>. Put <PerdureProvider client={client}> above the component that calls it.`,
      { details: { hook } },
    );
  }
  return value;
}
