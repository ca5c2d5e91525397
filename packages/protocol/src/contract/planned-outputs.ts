import * as z from 'zod';
import { idSchema, timeSchema } from '../schema-parts.ts';
import { banInput, shareInput } from './inputs.ts';

/** A file of a session's workspace. */
export const fileSchema = z.object({ path: z.string(), size: z.int().min(0), modifiedAt: timeSchema });

/** A link to sessions. Its token is told once, when it is made. */
export const shareSchema = shareInput.extend({ id: idSchema, createdAt: timeSchema });

export const banSchema = banInput.extend({ at: timeSchema });
