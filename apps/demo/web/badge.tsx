import type { ReactNode } from 'react';

export type Tone = 'quiet' | 'good' | 'busy' | 'warn' | 'bad';

interface BadgeProps {
  readonly label: string;
  readonly tone: Tone;
  readonly testId?: string;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** A word about a state, and a dot in its colour. */
export function Badge({ label, tone, testId, title, children }: BadgeProps) {
  return (
    <span className="badge" data-tone={tone} data-testid={testId} title={title}>
      <span className="visually-hidden">{label}: </span>
      {children}
    </span>
  );
}
