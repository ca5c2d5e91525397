import type * as z from 'zod';
import { blockSchema } from '../blocks/block.ts';
import { contentPartSchema, contentSchema } from '../blocks/content.ts';
import { errorAnswerSchema, errorBodySchema } from '../contract/error-answer-schema.ts';
import * as output from '../contract/outputs.ts';
import { banSchema, fileSchema, shareSchema } from '../contract/planned-outputs.ts';
import { envelopeSchema } from '../events/session-event.ts';
import { eventsFrameSchema, followFrameSchema, snapshotFrameSchema } from '../frames/follow-frame.ts';
import {
  actorSchema,
  commandIdSchema,
  cursorSchema,
  idSchema,
  jsonSchema,
  timeSchema,
  usageSchema,
} from '../schema-parts.ts';
import { environmentStatusSchema, runStateSchema } from '../state/runtime-state.ts';
import {
  conversationSchema,
  openRequestSchema,
  queuedMessageSchema,
  sessionStateSchema,
} from '../state/session-state-schema.ts';

const blocks = blockSchema.options.map((option) => [blockName(option.shape.type.value), option] as const);

/** Schemas that others refer to by name; what has none is written out where it stands. */
export const namedSchemas: Readonly<Record<string, z.ZodType>> = {
  Accepted: output.acceptedSchema,
  Actor: actorSchema,
  Ban: banSchema,
  Block: blockSchema,
  BlockPage: output.blockPageSchema,
  CommandId: commandIdSchema,
  Content: contentSchema,
  ContentPart: contentPartSchema,
  Conversation: conversationSchema,
  Created: output.createdSchema,
  Cursor: cursorSchema,
  Environment: environmentStatusSchema,
  ErrorAnswer: errorAnswerSchema,
  ErrorBody: errorBodySchema,
  Event: envelopeSchema,
  EventPage: output.eventPageSchema,
  EventsFrame: eventsFrameSchema,
  File: fileSchema,
  FollowFrame: followFrameSchema,
  Hello: output.helloSchema,
  Id: idSchema,
  Json: jsonSchema,
  OpenRequest: openRequestSchema,
  QueuedMessage: queuedMessageSchema,
  Run: runStateSchema,
  RunPage: output.runPageSchema,
  SessionListItem: output.sessionListItemSchema,
  SessionPage: output.sessionPageSchema,
  SessionSnapshot: output.sessionSnapshotSchema,
  SessionState: sessionStateSchema,
  Share: shareSchema,
  SnapshotFrame: snapshotFrameSchema,
  Submitted: output.submittedSchema,
  Time: timeSchema,
  Usage: usageSchema,
  ...Object.fromEntries(blocks),
};

/** `tool_use` -> `ToolUseBlock` */
function blockName(type: string): string {
  const words = type.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Block`;
}
