export { isPerdureError, PerdureError, type PerdureErrorOptions } from '@perdure/protocol';
export type { AuthenticationOutcome, AuthenticationRequest, Authenticator } from './access/authenticator.ts';
export type { Authorizer, SessionFacts, SessionScope } from './access/authorizer.ts';
export type { Authenticate, KnownPrincipal } from './access/function-authenticator.ts';
export type { Limiter, LimitName, Refusal, Release } from './access/limiter.ts';
export { defaultLimits } from './access/limit-defaults.ts';
export type { Limits } from './access/limits.ts';
export type { Principal } from './access/principal.ts';
export { createAgentRuntime } from './agent-runtime.ts';
export { defineConfig } from './config/define-config.ts';
export type {
  AgentRuntimeOptions,
  MemoryStoreOptions,
  PerdureConfig,
  SqliteStoreOptions,
} from './config/runtime-options.ts';
export { echoAgent } from './environment/echo-agent.ts';
export type {
  BlockToSay,
  ToolResultOptions,
} from './environment/block-writer.ts';
export {
  type AgentFunction,
  type FunctionAgentOptions,
  type FunctionResult,
  type FunctionTurn,
  functionAgent,
} from './environment/function-agent.ts';
export type {
  AgentDefinition,
  Emission,
  EnvironmentContext,
  ExecutionEnvironment,
  Reach,
  RequestAnswer,
  RequestToPeople,
  RunEnd,
  RunPort,
  Turn,
} from './environment/execution-environment.ts';
export type { Script, ScriptedRun, ScriptStep } from './environment/script.ts';
export { createScriptController, type ScriptController } from './environment/script-controller.ts';
export { type ScriptedAgentOptions, scriptedAgent } from './environment/scripted-agent.ts';
export type { ToolCall, ToolUseOf, TurnSession } from './environment/turn-session.ts';
export type { SessionHandle } from './host/session-handle.ts';
export type { CreatedSession, SessionHost } from './host/session-host.ts';
export type { Advance, ClientHub, FrameSink, FrameText } from './hub/client-hub.ts';
export type { Follower } from './hub/follower.ts';
export type { LogLevel } from './process/pino-logger.ts';
export type { AgentRuntime, FetchEnvironment, ListenOptions, ShutdownOptions } from './runtime-interface.ts';
export type { Logger } from './session/logger.ts';
export type {
  Append,
  AppendOutcome,
  BlockQuery,
  BlockRow,
  Claim,
  CommandRecord,
  CreateOutcome,
  LogPage,
  LogRow,
  LogScan,
  NewRow,
  NewSession,
  RecordColumns,
  RunQuery,
  SessionKey,
  SessionQuery,
  SessionRecord,
  SessionStore,
  SnapshotRow,
  StoreContext,
  StoreHealth,
} from './store/session-store.ts';
export { plannedLeaves } from './transport/handlers.ts';
export type { NodeHandler } from './transport/node-handler.ts';
export { LocalWorkspace, type LocalWorkspaceOptions } from './workspace/local-workspace.ts';
export { LocalWorkspaces, type WorkspaceOwner } from './workspace/local-workspaces.ts';
export { type NodeTestsOptions, type NodeTestsOutcome, runNodeTests } from './workspace/run-node-tests.ts';
export type {
  Workspace,
  WorkspaceEntry,
  WorkspaceLimits,
  WorkspaceListing,
  WorkspaceMatch,
  WorkspaceMatches,
  WorkspaceText,
  WorkspaceUsage,
} from './workspace/workspace.ts';
