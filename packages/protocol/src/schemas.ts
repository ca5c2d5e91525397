// Everything that is a schema or is built from one. Loads zod.
export { blockSchema, blockStatusSchema } from './blocks/block.ts';
export { contentPartSchema, contentSchema } from './blocks/content.ts';
export { accessSchema } from './contract/access.ts';
export { type Contract, contract } from './contract/contract.ts';
export { errorAnswerSchema, errorBodySchema } from './contract/error-answer-schema.ts';
export { errorCodesOf, hasBody } from './contract/error-codes-of.ts';
export { type InputPlaces, inputPlacesOf } from './contract/input-places.ts';
export {
  type AnswerType,
  type BodyType,
  type ContractTree,
  isLeaf,
  type Leaf,
  type LeafKind,
  leavesOf,
  type RestRoute,
} from './contract/leaf.ts';
export {
  acceptedSchema,
  helloSchema,
  sessionListItemSchema,
  sessionSnapshotSchema,
  submittedSchema,
} from './contract/outputs.ts';
export { type Catalogue, catalogue, eventRow } from './events/catalogue.ts';
export type { EventRow } from './events/event-row.ts';
export { envelopeSchema, eventSchema } from './events/session-event.ts';
export { eventsFrameSchema, followFrameSchema, snapshotFrameSchema } from './frames/follow-frame.ts';
export { type OpenApiDocument, type OpenApiOptions, openApiDocument } from './openapi/openapi-document.ts';
export {
  actorSchema,
  commandIdSchema,
  cursorSchema,
  idSchema,
  jsonObjectSchema,
  jsonSchema,
  sizes,
  sourceSchema,
  timeSchema,
} from './schema-parts.ts';
export { runStateSchema } from './state/runtime-state.ts';
export {
  conversationSchema,
  openRequestSchema,
  queuedMessageSchema,
  sessionStateSchema,
} from './state/session-state-schema.ts';
