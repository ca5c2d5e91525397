// Needs the optional peer `pg`.
export { postgresStore } from './postgres-store.ts';
export type { PostgresConnection, PostgresStoreOptions } from './postgres-store-options.ts';
