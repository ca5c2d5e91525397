import type { AgentDefinition } from '../environment/execution-environment.ts';

/** What a decision sets going once it is durable. Only an abort may go before. */
export type Effect =
  | { readonly kind: 'start-environment'; readonly agent: string; readonly definition: AgentDefinition }
  | { readonly kind: 'run'; readonly runId: string; readonly messageId: string }
  | { readonly kind: 'abort'; readonly runId: string };
