import * as z from 'zod';

/** A right that a principal can have. */
export const accessSchema = z.enum([
  'server:observe',
  'session:create',
  'session:list',
  'session:read',
  'session:write',
  'session:control',
  'session:approve',
  'session:share',
  'session:admin',
]);
export type Access = z.infer<typeof accessSchema>;
