import type { Migration } from './migration.ts';
import { initial } from './migrations/0001-initial.ts';

/** Every migration there is, in order. Add to the end, and a fixture database of the version before with it. */
export const migrations: readonly Migration[] = [initial];
