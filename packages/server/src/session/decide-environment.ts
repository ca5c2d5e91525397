import type { Decision } from './decision.ts';
import type { DriverReport } from './run-driver.ts';
import { type RunPlace, startNextRun } from './start-next-run.ts';

type EnvironmentReport = Exclude<DriverReport, { readonly kind: 'run-ended' }>;

/** An environment that is ready takes what waits; one that could not start leaves it waiting and says why. */
export function decideEnvironment(decision: Decision, report: EnvironmentReport, place: RunPlace): void {
  const { agent, queue } = decision.state;
  const actor = queue[0]?.actor ?? { principalId: 'system' };
  const stamp = { actor, source: 'environment', agent } as const;
  switch (report.kind) {
    case 'environment-ready':
      decision.add({ type: 'environment:ready', payload: {}, ...stamp });
      startNextRun(decision, place);
      return;
    case 'environment-failed': {
      const { code, message, stage } = report;
      decision.add({ type: 'environment:error', payload: { code, message, stage }, ...stamp });
      return;
    }
    default:
      report satisfies never;
  }
}
