import type { Actor, TerminationReason } from '@perdure/protocol';
import type { Decision } from './decision.ts';

/** Tells that the environment is gone, if the log says that there is one: each of its transitions is told once. */
export function terminateEnvironment(decision: Decision, reason: TerminationReason, actor?: Actor): void {
  const { environment, queue } = decision.state;
  if (environment.status !== 'starting' && environment.status !== 'ready') return;
  decision.add({
    type: 'environment:terminated',
    payload: { reason },
    actor: actor ?? queue[0]?.actor ?? { principalId: 'system' },
    source: 'environment',
  });
}
