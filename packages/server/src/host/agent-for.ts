import { PerdureError } from '@perdure/protocol';
import type { Principal } from '../access/principal.ts';
import type { AgentDefinition } from '../environment/execution-environment.ts';

/** The name of the agent asked for, or of the first one; refused if there is none, or if it reaches too far for the caller. */
export function agentFor(
  agents: ReadonlyMap<string, AgentDefinition>,
  principal: Principal,
  asked: string | undefined,
): string {
  const name = asked ?? agents.keys().next().value;
  const definition = name === undefined ? undefined : agents.get(name);
  if (name === undefined || definition === undefined) {
    const names = [...agents.keys()].join(', ');
    throw new PerdureError(
      'unknown-agent',
      `This server hosts no agent "${name ?? ''}"; it hosts: ${names || 'none'}.`,
    );
  }
  refuseReach(definition, principal, name);
  return name;
}

/** An agent that can do what this machine can do is not for everyone who reaches the port. */
export function refuseReach(definition: AgentDefinition, principal: Principal, name: string): void {
  if (definition.reach !== 'host' || principal.kind !== 'open') return;
  throw new PerdureError(
    'forbidden',
    `Agent "${name}" can reach this machine, so it is not run for callers without a credential; start the server with --token-file.`,
  );
}
