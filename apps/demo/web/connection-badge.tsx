import { useConnection } from '@perdure/react';
import { Badge } from './badge.tsx';
import { connectionTones } from './tones.ts';

/** How this page's connection stands. */
export function ConnectionBadge() {
  const { status, attempts, error } = useConnection();
  return (
    <Badge label="Connection" tone={connectionTones[status]} testId="connection" title={error?.message}>
      {status}
      {attempts > 0 && ` (${attempts})`}
    </Badge>
  );
}
