import * as z from 'zod';
import { idSchema, sizes } from '../schema-parts.ts';

/** A file that was uploaded before; its bytes are never in the log. */
const attachment = {
  attachmentId: idSchema,
  name: z.string().max(255),
  mediaType: z.string().max(127),
  size: z.int().min(0),
};

export const contentPartSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image'), ...attachment }),
  z.object({ type: z.literal('file'), ...attachment }),
]);
export type ContentPart = z.infer<typeof contentPartSchema>;

/** What a person says: plain text, or parts. */
export const contentSchema = z.union([
  z.string().min(1),
  z.array(contentPartSchema).min(1).max(sizes.contentParts),
]);
export type Content = z.infer<typeof contentSchema>;
