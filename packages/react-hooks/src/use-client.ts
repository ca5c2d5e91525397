import type { PerdureClient } from '@perdure/client';
import { usePerdure } from './perdure-context.ts';

/** The client that the provider was given. */
export function useClient(): PerdureClient {
  return usePerdure('useClient').client;
}
