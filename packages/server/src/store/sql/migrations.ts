import type { Migration } from './migration.ts';
import { initial } from './migrations/0001-initial.ts';
import { retention } from './migrations/0002-retention.ts';

/** Every migration there is, in order. Add to the end, and with it a fixture of what it leaves behind, in every dialect. */
export const migrations: readonly Migration[] = [initial, retention];
