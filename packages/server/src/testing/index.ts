// For those who write an adapter: the suite its port demands, and the doubles that tests need.
// And the stores themselves, to be wrapped in a double.
export { MemorySessionStore } from '../store/memory-session-store.ts';
export { SqliteSessionStore } from '../store/sqlite/sqlite-session-store.ts';
export type { SqliteSessionStoreOptions } from '../store/sqlite/sqlite-store-options.ts';
export { createScriptController, type ScriptController } from '../environment/script-controller.ts';
export { clientHubContract } from './client-hub-contract.ts';
export {
  type ContractTurn,
  type ExecutionEnvironmentSubject,
  executionEnvironmentContract,
} from './execution-environment-contract.ts';
export { FaultySessionStore } from './faulty-session-store.ts';
export { localHost } from './local-host.ts';
export { ManualClock } from './manual-clock.ts';
export { RecordingClientHub } from './recording-client-hub.ts';
export { RecordedSession, type RecordedTurn } from './recorded-session.ts';
export { RecordingRunPort } from './recording-run-port.ts';
export { RecordingSink } from './recording-sink.ts';
export { type HostUnderTest, sessionHostContract } from './session-host-contract.ts';
export { sessionStoreContract } from './session-store-contract.ts';
export { silentLogger } from './silent-logger.ts';
