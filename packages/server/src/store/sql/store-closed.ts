import { PerdureError } from '@perdure/protocol';

export function storeClosed(): PerdureError {
  return new PerdureError(
    'shutting-down',
    'The store is closed. Open it before use, and ask nothing of it after close().',
  );
}
