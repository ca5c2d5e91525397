import type { AsyncCommand } from 'fast-check';
import type { WorldModel } from './session-model.ts';
import type { World } from './world.ts';

/** Something that a test does to the world; `check` says whether it can be done now. */
export type WorldCommand = AsyncCommand<WorldModel, World>;
