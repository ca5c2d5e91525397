import * as z from 'zod';

/** What a session does, in one word, for lists. */
export const activitySchema = z.enum(['idle', 'queued', 'running', 'waiting', 'error']);
export type Activity = z.infer<typeof activitySchema>;
