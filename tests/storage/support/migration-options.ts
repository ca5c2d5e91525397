import type { WriterOptions } from '../../../packages/server/src/store/sqlite/writer-messages.ts';

export const migrationOptions = (path: string): WriterOptions => ({
  ...{ path, durability: 'disk', busyTimeoutMs: 60_000 },
  sessionLogBytes: Number.MAX_SAFE_INTEGER,
  maxDatabaseBytes: undefined,
});
