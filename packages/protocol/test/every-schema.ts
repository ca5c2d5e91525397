import type * as z from 'zod';
import type { EventType } from '../src/events/catalogue.ts';
import {
  blockSchema,
  catalogue,
  contentPartSchema,
  contentSchema,
  contract,
  envelopeSchema,
  errorAnswerSchema,
  eventSchema,
  followFrameSchema,
  leavesOf,
  sessionStateSchema,
} from '../src/schemas.ts';

export const eventTypes = Object.keys(catalogue) as EventType[];

/** Every schema of the protocol with a name to find it by. */
export function everySchema(): [name: string, schema: z.ZodType][] {
  const events = eventTypes.map((type) => [`event ${type}`, eventSchema(type)] as const);
  const blocks = blockSchema.options.map((block) => [`block ${block.shape.type.value}`, block] as const);
  const frames = followFrameSchema.options.map(
    (frame) => [`frame ${frame.shape.kind.value}`, frame] as const,
  );
  const leaves = [...leavesOf(contract)].flatMap(([path, leaf]) => [
    [`input of ${path}`, leaf.input] as const,
    [`output of ${path}`, leaf.output] as const,
  ]);
  const others: Record<string, z.ZodType> = {
    'any block': blockSchema,
    'any event': envelopeSchema,
    'any frame': followFrameSchema,
    content: contentSchema,
    'content part': contentPartSchema,
    'session state': sessionStateSchema,
    'error answer': errorAnswerSchema,
  };
  return [...events, ...blocks, ...frames, ...leaves, ...Object.entries(others)].map(([name, schema]) => [
    name,
    schema,
  ]);
}
